import { type Duration, formatDuration, shiftTime } from "../base/duration.ts";
import { MS_PER_DAY, NS_PER_MS, type Time, ZERO_TIME } from "../base/time.ts";
import type { Snapshot } from "../format/snapshot.ts";
import { hasTags } from "../repo/snapshot-filter.ts";
import { isAbsent, type KeepPolicy, PERIODS, type Period, showTags, UNLIMITED } from "./keep-policy.ts";

/** What a policy looks at. */
export type Dated = Pick<Snapshot, "time" | "tags">;

export interface Kept<S> {
  readonly snapshot: S;
  /** Why, in restic's words: "daily snapshot", "within 1y2m", "has tags [a, b]" … */
  readonly reasons: readonly string[];
}

export interface Retention<S> {
  /** Newest first. */
  readonly keep: readonly Kept<S>[];
  readonly remove: readonly S[];
}

/** Decides for one group of snapshots which ones a policy keeps (restic-format §12). `nowNs` tells which snapshots lie in the future. */
export function applyPolicy<S extends Dated>(snapshots: readonly S[], policy: KeepPolicy, nowNs: bigint): Retention<S> {
  const newestFirst = [...snapshots].sort((a, b) => (a.time.ns === b.time.ns ? 0 : a.time.ns > b.time.ns ? -1 : 1));
  const rules = rulesOf(policy, latestOf(newestFirst, nowNs));
  const keep: Kept<S>[] = [];
  const remove: S[] = [];
  for (const [position, snapshot] of newestFirst.entries()) {
    const place: Place = { position, isOldest: position === newestFirst.length - 1 };
    const reasons = rules.flatMap((rule) => rule(snapshot, place) ?? []);
    if (reasons.length > 0) keep.push({ snapshot, reasons });
    else remove.push(snapshot);
  }
  return { keep, remove };
}

interface Place {
  readonly position: number;
  readonly isOldest: boolean;
}

/** Says why a snapshot is kept, or nothing. Called once per snapshot, newest first; rules remember what they have kept. */
type Rule = (snapshot: Dated, place: Place) => string | undefined;

/** In the order in which restic lists reasons. */
function rulesOf(policy: KeepPolicy, latest: Time): Rule[] {
  const rules: Rule[] = policy.tags.map(
    (list) => (snapshot) => (hasTags(snapshot.tags, [list]) ? `has tags ${showTags(list)}` : undefined),
  );
  const { within } = policy;
  if (within !== undefined && !isAbsent(within)) {
    const isInside = window(within, latest);
    rules.push((snapshot) => (isInside(snapshot) ? `within ${formatDuration(within)}` : undefined));
  }
  if (policy.last !== 0) rules.push(countedRule("last snapshot", policy.last, (_, position) => position));
  for (const period of PERIODS) {
    if (policy[period] !== 0) rules.push(countedRule(`${period} snapshot`, policy[period], (time) => KEYS[period](localMs(time))));
  }
  for (const period of PERIODS) {
    const duration = policy.withinPeriod[period];
    if (duration === undefined || isAbsent(duration)) continue;
    const isInside = window(duration, latest);
    const bucket = countedRule(`${period} within ${formatDuration(duration)}`, UNLIMITED, (time) => KEYS[period](localMs(time)));
    rules.push((snapshot, place) => (isInside(snapshot) ? bucket(snapshot, place) : undefined));
  }
  return rules;
}

/**
 * Keeps the first snapshot of each period while the count lasts. The oldest of the group is kept too while it lasts, although it
 * shares its period: so the history reaches as far back as it can.
 */
function countedRule(reason: string, count: number, keyOf: (time: Time, position: number) => number): Rule {
  let left = count;
  let before: number | undefined;
  return ({ time }, { position, isOldest }) => {
    if (left === 0) return undefined;
    const key = keyOf(time, position);
    if (key === before && !isOldest) return undefined;
    if (left !== UNLIMITED) left--;
    const text = key === before ? `oldest ${reason}` : reason;
    before = key;
    return text;
  };
}

function window(duration: Duration, latest: Time): (snapshot: Dated) => boolean {
  const start = shiftTime(latest, duration, -1).ns;
  return (snapshot) => snapshot.time.ns > start;
}

/** The newest snapshot that does not lie in the future: a clock that ran ahead once must not move every window. */
function latestOf(newestFirst: readonly Dated[], nowNs: bigint): Time {
  return newestFirst.find((snapshot) => snapshot.time.ns < nowNs)?.time ?? ZERO_TIME;
}

/** Wall time in the zone the snapshot was taken in, as if it were UTC. */
function localMs(time: Time): number {
  return Number(time.ns / NS_PER_MS) + time.offset * 1000;
}

/** Numbers that are equal for times of one period; of wall time in milliseconds. */
const KEYS: Readonly<Record<Period, (ms: number) => number>> = {
  hourly: (ms) => Math.floor(ms / 3_600_000),
  daily: (ms) => Math.floor(ms / MS_PER_DAY),
  // Weeks begin on Monday; the epoch was a Thursday.
  weekly: (ms) => Math.floor((Math.floor(ms / MS_PER_DAY) + 3) / 7),
  monthly: (ms) => {
    const date = new Date(ms);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  },
  yearly: (ms) => new Date(ms).getUTCFullYear(),
};
