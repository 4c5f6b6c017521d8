import { FirnError } from "./error.ts";
import { MS_PER_DAY, MS_PER_HOUR, NS_PER_MS, type Time } from "./time.ts";

/** restic's calendar durations: `1y5m7d2h`. `m` is months. */
export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

const UNITS = { y: "years", m: "months", d: "days", h: "hours" } as const;
const PART = /(-?\d+)([ymdh])/gy;

/** Parses a calendar duration (restic-format §12): every number has a unit, in any order; a repeated unit replaces. */
export function parseDuration(text: string, what: string): Duration {
  const parts = { years: 0, months: 0, days: 0, hours: 0 };
  const trimmed = text.trim();
  PART.lastIndex = 0;
  while (PART.lastIndex < trimmed.length) {
    const match = PART.exec(trimmed);
    if (match === null) throw invalid(text, what);
    parts[UNITS[match[2] as keyof typeof UNITS]] = Number(match[1]);
  }
  if (trimmed === "") throw invalid(text, what);
  return parts;
}

export function formatDuration(duration: Duration): string {
  const text = (Object.entries(UNITS) as [string, keyof Duration][])
    .filter(([, field]) => duration[field] !== 0)
    .map(([unit, field]) => `${duration[field]}${unit}`)
    .join("");
  return text === "" ? "0h" : text;
}

export function isZeroDuration(duration: Duration): boolean {
  return duration.years === 0 && duration.months === 0 && duration.days === 0 && duration.hours === 0;
}

/**
 * `time` moved by a calendar duration in its own zone offset, as Go's AddDate and Add do it: days past a month's end run
 * into the next month (31 January + 1m is 3 March).
 */
export function shiftTime(time: Time, duration: Duration, sign: 1 | -1): Time {
  const offsetMs = time.offset * 1000;
  const wholeMs = Number(floorDiv(time.ns, NS_PER_MS));
  const restNs = time.ns - BigInt(wholeMs) * NS_PER_MS;
  const local = new Date(wholeMs + offsetMs);
  local.setUTCFullYear(
    local.getUTCFullYear() + sign * duration.years,
    local.getUTCMonth() + sign * duration.months,
    local.getUTCDate() + sign * duration.days,
  );
  const shifted = local.getTime() - offsetMs + sign * duration.hours * MS_PER_HOUR;
  return { ns: BigInt(shifted) * NS_PER_MS + restNs, offset: time.offset };
}

/** The moment `duration` after `ms`, by the UTC calendar. */
export function addDuration(ms: number, duration: Duration): number {
  if (duration.years === 0 && duration.months === 0) return ms + duration.days * MS_PER_DAY + duration.hours * MS_PER_HOUR;
  const date = new Date(ms);
  date.setUTCFullYear(date.getUTCFullYear() + duration.years, date.getUTCMonth() + duration.months, date.getUTCDate() + duration.days);
  // Date drops fractions of a millisecond; equal moments must stay equal and their order must not change.
  return date.getTime() + (ms - Math.trunc(ms)) + duration.hours * MS_PER_HOUR;
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function invalid(text: string, what: string): FirnError {
  return new FirnError({
    code: "invalid-duration",
    message: `${what}: ${JSON.stringify(text)} is not a duration`,
    hint: "write numbers with units y, m (months), d and h, such as 1y5m7d2h",
  });
}
