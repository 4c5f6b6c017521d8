import type { Duration } from "../../base/duration.ts";
import type { Rule, SizeTest } from "../../plan/tier/rule.ts";

/**
 * True when `wide` certainly matches whatever `narrow` matches. The need is the shortest `within` of all rules that match, so a rule
 * covered by one that answers no later can never decide anything.
 */
export function covers(wide: Rule, narrow: Rule): boolean {
  return (
    coversTime(wide, narrow) &&
    (wide.host === undefined || wide.host === narrow.host) &&
    (wide.tags ?? []).every((tag) => narrow.tags?.includes(tag) === true) &&
    coversPath(wide.path, narrow.path) &&
    coversSize(wide.size, narrow.size)
  );
}

function coversTime(wide: Rule, narrow: Rule): boolean {
  if (wide.current) return narrow.current;
  if (wide.gone === undefined || narrow.current) return true;
  return narrow.gone !== undefined && shortestDays(wide.gone) >= longestDays(narrow.gone);
}

/** A month has 28 to 31 days: only what holds for every calendar counts. Equal durations are equal on any. */
function shortestDays(d: Duration): number {
  return d.years * 365 + d.months * 28 + d.days + d.hours / 24;
}

function longestDays(d: Duration): number {
  return d.years * 366 + d.months * 31 + d.days + d.hours / 24;
}

function coversPath(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow) return true;
  if (narrow === undefined) return wide === "**";
  // A matched folder matches all below: /etc covers /etc/ssh, and so does /etc/**.
  const start = literalParts(wide);
  const inside = narrow.split("/");
  return start !== undefined && start.every((part, i) => part === inside[i]);
}

/** Components of an anchored pattern without wildcards, a trailing double star left out; undefined for any other pattern. */
function literalParts(pattern: string): string[] | undefined {
  const parts = pattern.replace(/(\/\*\*)*\/?$/, "").split("/");
  return pattern.startsWith("/") && !parts.some((part) => /[\\[\]*?]/.test(part) || part === "." || part === "..") ? parts : undefined;
}

function coversSize(wide: SizeTest | undefined, narrow: SizeTest | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined || wide.compare[0] !== narrow.compare[0]) return false;
  return wide.compare.startsWith("<") ? lastBelow(wide) >= lastBelow(narrow) : firstAbove(wide) <= firstAbove(narrow);
}

function lastBelow(test: SizeTest): number {
  return test.compare === "<" ? test.bytes - 1 : test.bytes;
}

function firstAbove(test: SizeTest): number {
  return test.compare === ">" ? test.bytes + 1 : test.bytes;
}
