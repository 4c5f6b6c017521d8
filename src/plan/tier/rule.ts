import { addDuration, type Duration } from "../../base/duration.ts";
import { FirnError } from "../../base/error.ts";
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE } from "../../base/time.ts";

/** From request to readable, in ms; 0 is `instant`. */
export type Wait = number;

export const INSTANT: Wait = 0;

/** One recovery rule. All selectors that are given must match; none given matches everything. */
export interface Rule {
  /** As the user wrote it, for reasons in a plan. */
  readonly text: string;
  readonly current: boolean;
  readonly gone: Duration | undefined;
  /** A restic pattern on the path inside the snapshot. */
  readonly path: string | undefined;
  readonly size: SizeTest | undefined;
  readonly host: string | undefined;
  /** All of these tags. */
  readonly tags: readonly string[] | undefined;
  readonly within: Wait;
}

export interface SizeTest {
  readonly compare: "<" | "<=" | ">" | ">=";
  readonly bytes: number;
}

export function sizeMatches(test: SizeTest, size: number): boolean {
  switch (test.compare) {
    case "<":
      return size < test.bytes;
    case "<=":
      return size <= test.bytes;
    case ">":
      return size > test.bytes;
    case ">=":
      return size >= test.bytes;
  }
}

/** True while data that left at `left` (Infinity: current) is what the rule's time selector means, at time `now`. */
export function timeMatches(rule: Rule, left: number, now: number): boolean {
  if (rule.current) return left > now;
  if (rule.gone === undefined) return true;
  return left > now || addDuration(left, rule.gone) > now;
}

/** The moment the time selector stops matching data that left at `left`; undefined when it never does. */
export function matchEnds(rule: Rule, left: number): number | undefined {
  if (left === Infinity) return undefined;
  if (rule.current) return left;
  return rule.gone === undefined ? undefined : addDuration(left, rule.gone);
}

export function isCatchAll(rule: Rule): boolean {
  return !rule.current && rule.gone === undefined && !hasReferenceSelector(rule);
}

export function hasReferenceSelector(rule: Rule): boolean {
  return rule.path !== undefined || rule.size !== undefined || rule.host !== undefined || rule.tags !== undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { min: MS_PER_MINUTE, h: MS_PER_HOUR, d: MS_PER_DAY };

/** Parses `instant`, `Nmin`, `Nh` or `Nd`. */
export function parseWithin(text: string, what: string): Wait {
  if (text === "instant") return INSTANT;
  const match = /^(\d+)(min|h|d)$/.exec(text);
  const wait = match === null ? 0 : Number(match[1]) * (UNIT_MS[match[2]!] ?? 0);
  if (wait > 0) return wait;
  throw new FirnError({
    code: "invalid-within",
    message: `${what}: ${JSON.stringify(text)} is not a waiting time`,
    hint: "write `instant`, or a number with min, h or d, such as 5h or 2d",
  });
}

export function formatWait(wait: Wait): string {
  if (wait === Infinity) return "never";
  if (wait === INSTANT) return "instant";
  if (wait % MS_PER_DAY === 0 && wait > 2 * MS_PER_DAY) return `${wait / MS_PER_DAY}d`;
  if (wait % MS_PER_HOUR === 0) return `${wait / MS_PER_HOUR}h`;
  return `${Math.round(wait / MS_PER_MINUTE)}min`;
}
