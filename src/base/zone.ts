/** What local time is: the machine's zone (TZ), or so many seconds east of UTC at all times. Plain data, for other threads. */
export type Zone = "local" | number;

const QUARTER_HOUR_NS = 900n * 1_000_000_000n;
const MAX_INSTANT_NS = 8_640_000_000_000_000_000_000n;
const SLOTS_MAX = 100_000;

/** The quarters of an hour asked about, files cluster in time. */
const offsets = new Map<bigint, number>();

/** Seconds east of UTC at that moment (nanoseconds since the epoch). */
export function zoneOffsetAt(zone: Zone, ns: bigint): number {
  return typeof zone === "number" ? zone : localOffset(ns);
}

function localOffset(ns: bigint): number {
  const slot = ns / QUARTER_HOUR_NS;
  const known = offsets.get(slot);
  if (known !== undefined) return known;
  const offset = offsetAt(ns);
  if (offsets.size > SLOTS_MAX) offsets.clear();
  offsets.set(slot, offset);
  return offset;
}

function offsetAt(ns: bigint): number {
  const clamped = ns > MAX_INSTANT_NS ? MAX_INSTANT_NS : ns < -MAX_INSTANT_NS ? -MAX_INSTANT_NS : ns;
  const zone = Temporal.Now.timeZoneId();
  return Temporal.Instant.fromEpochNanoseconds(clamped).toZonedDateTimeISO(zone).offsetNanoseconds / 1e9;
}
