import { addDuration, type Duration } from "../../base/duration.ts";
import { TIER_IDLE_AFTER_MS } from "../../base/limits.ts";
import { NS_PER_MS } from "../../base/time.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";

export type SeriesKey = "host" | "paths" | "tags";

export interface SeriesOptions {
  readonly by: readonly SeriesKey[];
  /** When a machine that stopped backing up stops being current; undefined: never. */
  readonly retireAfter: Duration | undefined;
}

/** A snapshot placed in time: when it was taken and when it left. */
export interface PlacedSnapshot {
  readonly snapshot: StoredSnapshot;
  readonly series: Series;
  /** ms since the epoch, fractions kept. */
  readonly time: number;
  /** ms; Infinity while current. */
  readonly left: number;
}

export interface Series {
  readonly name: string;
  /** Time of the newest snapshot that is not future-dated; undefined when all are. */
  readonly newest: number | undefined;
  /** True when that was more than 30 days ago and the series is still current. */
  readonly idle: boolean;
}

/** ms with the fraction that nanoseconds leave; exact enough to show, never used to order two snapshots of one series. */
export function fineMs(ns: bigint): number {
  return Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6;
}

/**
 * Places every snapshot: `left` is the time of the next strictly later, not future-dated snapshot of its series, Infinity when
 * there is none. With `retire-after` a series' newest snapshot leaves at its own time plus that, once that moment has passed.
 */
export function placeSnapshots(snapshots: readonly StoredSnapshot[], options: SeriesOptions, nowNs: bigint): PlacedSnapshot[] {
  const groups = Map.groupBy(snapshots, (snapshot) => JSON.stringify(seriesParts(snapshot, options.by)));
  return [...groups.values()].flatMap((members) => placeSeries(members, options, nowNs));
}

function placeSeries(members: readonly StoredSnapshot[], options: SeriesOptions, nowNs: bigint): PlacedSnapshot[] {
  const now = fineMs(nowNs);
  const newestFirst = [...members].sort((a, b) => (a.time.ns > b.time.ns ? -1 : a.time.ns < b.time.ns ? 1 : a.id < b.id ? 1 : -1));
  const newestNs = newestFirst.find((snapshot) => snapshot.time.ns <= nowNs)?.time.ns;
  const newest = newestNs === undefined ? undefined : fineMs(newestNs);
  const retires = newest === undefined || options.retireAfter === undefined ? Infinity : addDuration(newest, options.retireAfter);
  const retired = retires <= now;
  const series: Series = {
    name: seriesName(newestFirst[0]!, options.by),
    newest,
    idle: newest !== undefined && !retired && now - newest > TIER_IDLE_AFTER_MS,
  };
  // Walking from the newest back: `leaves` is when the snapshots at the time just walked past were replaced.
  let at: bigint | undefined;
  let leaves = Infinity;
  return newestFirst.map((snapshot) => {
    if (at !== undefined && snapshot.time.ns < at && at <= nowNs) leaves = fineMs(at);
    at = snapshot.time.ns;
    const left = leaves === Infinity && retired && snapshot.time.ns === newestNs ? retires : leaves;
    return { snapshot, series, time: fineMs(snapshot.time.ns), left };
  });
}

/** For people: `host: path, path`. */
function seriesName(snapshot: StoredSnapshot, by: readonly SeriesKey[]): string {
  return (
    seriesParts(snapshot, by)
      .map((part) => (typeof part === "string" ? part : part.join(", ")))
      .join(": ") || "all snapshots"
  );
}

/** restic sorts paths and tags before it groups by them (restic-format §12). */
function seriesParts(snapshot: StoredSnapshot, by: readonly SeriesKey[]): (string | string[])[] {
  return by.map((key) => (key === "host" ? snapshot.hostname : [...snapshot[key]].sort()));
}
