import { type Duration, formatDuration, isZeroDuration } from "../base/duration.ts";
import { FirnError } from "../base/error.ts";

/** How many snapshots a rule keeps: 0 none, -1 without limit. */
export type KeepCount = number;

export const UNLIMITED: KeepCount = -1;

export const PERIODS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type Period = (typeof PERIODS)[number];

/** What to keep of a group of snapshots; the rules are ORed (restic-format §12). */
export interface KeepPolicy extends Readonly<Record<Period, KeepCount>> {
  readonly last: KeepCount;
  /** Everything newer than this before the newest snapshot. */
  readonly within: Duration | undefined;
  /** One of each period, without a count, as far back as this. */
  readonly withinPeriod: Readonly<Partial<Record<Period, Duration>>>;
  /** All tags of any list; [""] stands for "without tags". */
  readonly tags: readonly (readonly string[])[];
}

export const KEEP_NOTHING: KeepPolicy = {
  last: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  within: undefined,
  withinPeriod: {},
  tags: [],
};

/** True when no rule is given at all, which is hardly what anybody means. */
export function isEmptyPolicy(policy: KeepPolicy): boolean {
  const counts = [policy.last, ...PERIODS.map((period) => policy[period])];
  const durations = [policy.within, ...PERIODS.map((period) => policy.withinPeriod[period])];
  return policy.tags.length === 0 && counts.every((count) => count === 0) && durations.every(isAbsent);
}

export function isAbsent(duration: Duration | undefined): boolean {
  return duration === undefined || isZeroDuration(duration);
}

/** A count as `--keep-daily` and the configuration take it: a whole number or `unlimited`. */
export function parseKeepCount(text: string, what: string): KeepCount {
  if (text === "unlimited") return UNLIMITED;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new FirnError({
    code: "usage",
    message: `${what}: ${JSON.stringify(text)} is not a number of snapshots`,
    hint: "write a whole number, or `unlimited`",
  });
}

/** The policy in one line: `keep 3 last, 7 daily snapshots, weekly snapshots within 1y and all snapshots with tags [a, b]`. */
export function describePolicy(policy: KeepPolicy): string {
  const counts = (["last", ...PERIODS] as const)
    .filter((rule) => policy[rule] !== 0)
    .map((rule) => `${policy[rule] === UNLIMITED ? "all" : policy[rule]} ${rule === "last" ? "latest" : rule}`);
  const windows = PERIODS.filter((period) => !isAbsent(policy.withinPeriod[period])).map(
    (period) => `${period} snapshots within ${formatDuration(policy.withinPeriod[period]!)}`,
  );
  const listed = [...(counts.length === 0 ? [] : [`${counts.join(", ")} snapshots`]), ...windows].join(", ");
  const parts = [listed];
  if (policy.tags.length > 0) parts.push(`all snapshots with tags ${policy.tags.map(showTags).join(" or ")}`);
  if (policy.within !== undefined && !isAbsent(policy.within)) {
    parts.push(`all snapshots within ${formatDuration(policy.within)} of the newest`);
  }
  const text = parts.filter((part) => part !== "").join(" and ");
  return text === "" ? "remove" : `keep ${text}`;
}

export function showTags(tags: readonly string[]): string {
  return `[${tags.join(", ")}]`;
}
