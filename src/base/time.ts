/**
 * A moment and the zone offset it was written with. restic stores local time with its offset, and the offset is part of a
 * tree's bytes, so it travels with the moment.
 */
export interface Time {
  /** Nanoseconds since 1970-01-01T00:00:00Z; negative before. */
  readonly ns: bigint;
  /** Seconds east of UTC. */
  readonly offset: number;
}

export const NS_PER_MS = 1_000_000n;
export const NS_PER_SECOND = 1_000_000_000n;
export const MS_PER_MINUTE = 60_000;
export const MS_PER_HOUR = 3_600_000;
export const MS_PER_DAY = 86_400_000;

/** Go's zero time.Time, 0001-01-01T00:00:00Z. */
export const ZERO_TIME: Time = { ns: -62_135_596_800_000_000_000n, offset: 0 };

export function msOf(time: Time): number {
  return Number(time.ns / NS_PER_MS);
}

export function timeFromMs(ms: number, offset: number): Time {
  return { ns: BigInt(Math.round(ms * 1e6)), offset };
}
