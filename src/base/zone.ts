/** What local time is: the machine's zone (TZ), or so many seconds east of UTC at all times. Plain data, for other threads. */
export type Zone = "local" | number;

const MAX_INSTANT_NS = 8_640_000_000_000_000_000_000n;
const SPANS_MAX = 1000;

/** From one change of the clocks, inclusive, to the next. */
interface Span {
  readonly from: bigint;
  readonly until: bigint;
  readonly offset: number;
}

/** Those that were asked about: two for each year, and the times that are asked about lie together. */
const spans: Span[] = [];
let latest: Span | undefined;

/** Seconds east of UTC at that moment (nanoseconds since the epoch). */
export function zoneOffsetAt(zone: Zone, ns: bigint): number {
  return typeof zone === "number" ? zone : localOffset(ns);
}

/** A thousand snapshots an hour apart cost 5 ms when each is looked up for itself. */
function localOffset(ns: bigint): number {
  const at = ns > MAX_INSTANT_NS ? MAX_INSTANT_NS : ns < -MAX_INSTANT_NS ? -MAX_INSTANT_NS : ns;
  if (latest === undefined || !isWithin(latest, at)) latest = spans.find((span) => isWithin(span, at)) ?? addSpan(at);
  return latest.offset;
}

function isWithin({ from, until }: Span, ns: bigint): boolean {
  return from <= ns && ns < until;
}

function addSpan(ns: bigint): Span {
  const then = Temporal.Instant.fromEpochNanoseconds(ns).toZonedDateTimeISO(Temporal.Now.timeZoneId());
  const next = then.getTimeZoneTransition("next")?.epochNanoseconds ?? MAX_INSTANT_NS + 1n;
  // "previous" means before, and the clocks may have changed at this very moment.
  const from = ns === MAX_INSTANT_NS ? ns : then.add({ nanoseconds: 1 }).getTimeZoneTransition("previous")?.epochNanoseconds;
  const span = { from: from ?? -MAX_INSTANT_NS, until: next, offset: then.offsetNanoseconds / 1e9 };
  if (spans.length >= SPANS_MAX) spans.length = 0;
  spans.push(span);
  return span;
}
