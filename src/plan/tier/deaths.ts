import type { SnapshotId } from "../../base/id.ts";
import { asId } from "../../base/id.ts";
import { TIER_HORIZON_MS, TIER_SIMULATED_BACKUPS_MAX } from "../../base/limits.ts";
import { NS_PER_MS } from "../../base/time.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { type TreeSource, walkReferences } from "./reference-walk.ts";
import { ruleStates } from "./rule-state.ts";
import type { PlacedSnapshot } from "./series.ts";

/** The `keep` policy as a function: which of these snapshots of one series survive a `forget` at that moment. */
export type Keep = (snapshots: readonly StoredSnapshot[], nowNs: bigint) => ReadonlySet<SnapshotId>;

export interface Removals {
  /** Simulated time at which `forget` removes the snapshot; Infinity: not within the horizon. */
  readonly bySnapshot: ReadonlyMap<SnapshotId, number>;
  /** How long what is current now would go on being kept after it left: as long as the longest-lived snapshot that may hold it. */
  readonly keepSpanMs: number;
  /** True when backups come so often that the far future was simulated more coarsely. */
  readonly coarse: boolean;
}

/** Runs `keep` ahead: each series goes on at its own cadence; a series that stopped pushes nothing out. */
export function simulateRemovals(placed: readonly PlacedSnapshot[], keep: Keep | undefined, now: number): Removals {
  const bySnapshot = new Map<SnapshotId, number>();
  let keepSpanMs = keep === undefined ? Infinity : 0;
  let coarse = false;
  for (const members of Map.groupBy(placed, (one) => one.series).values()) {
    for (const { snapshot } of members) bySnapshot.set(snapshot.id, Infinity);
    const cadence = keep === undefined ? undefined : cadenceOf(members, now);
    if (keep === undefined || cadence === undefined) continue;
    const last = simulateSeries(members, keep, cadence, now, bySnapshot);
    keepSpanMs = Math.max(keepSpanMs, last - now);
    coarse ||= cadence * TIER_SIMULATED_BACKUPS_MAX < TIER_HORIZON_MS;
  }
  return { bySnapshot, keepSpanMs: keepSpanMs === 0 ? Infinity : keepSpanMs, coarse };
}

/** The median of the last ten intervals; undefined for a series that stopped or was backed up once. */
function cadenceOf(members: readonly PlacedSnapshot[], now: number): number | undefined {
  const series = members[0]?.series;
  if (series === undefined || series.idle || !members.some((one) => one.left === Infinity)) return undefined;
  const times = [...new Set(members.map((one) => one.time).filter((time) => time <= now))].sort((a, b) => b - a).slice(0, 11);
  const gaps = times.slice(1).map((time, i) => times[i]! - time);
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
}

/** Returns when the last of its snapshots would be removed. */
function simulateSeries(
  members: readonly PlacedSnapshot[],
  keep: Keep,
  cadence: number,
  now: number,
  removed: Map<SnapshotId, number>,
): number {
  const newest = members.reduce(
    (best, one) => (one.time <= now && one.time > best.time ? one : best),
    members.find((one) => one.time <= now)!,
  );
  let alive: readonly StoredSnapshot[] = members.map((one) => one.snapshot);
  const real = new Set(alive.map((snapshot) => snapshot.id));
  let last = now;
  for (const [step, at] of futureBackups(newest.time, cadence, now).entries()) {
    const next: StoredSnapshot = {
      ...newest.snapshot,
      id: asId<"snapshot">(`simulated ${step}`),
      time: { ns: BigInt(Math.round(at)) * NS_PER_MS, offset: newest.snapshot.time.offset },
    };
    const taken = [...alive, next];
    const kept = keep(taken, next.time.ns);
    alive = taken.filter((snapshot) => kept.has(snapshot.id));
    for (const snapshot of taken) {
      if (kept.has(snapshot.id) || !real.delete(snapshot.id)) continue;
      last = Math.max(at, now);
      removed.set(snapshot.id, last);
    }
    if (real.size === 0) break;
  }
  return real.size === 0 ? last : Infinity;
}

/** Half of the simulated backups at the series' own cadence, the other half spread over the rest of the horizon. */
function futureBackups(newest: number, cadence: number, now: number): number[] {
  const end = now + TIER_HORIZON_MS;
  const times: number[] = [];
  const half = TIER_SIMULATED_BACKUPS_MAX / 2;
  let step = cadence;
  for (let at = Math.max(newest + cadence, now); at <= end && times.length < TIER_SIMULATED_BACKUPS_MAX; at += step) {
    times.push(at);
    if (times.length === half) step = Math.max(cadence, (end - at) / half);
  }
  return times;
}

/**
 * When each blob will be unreferenced for good, as far as simulated: a walk of the same kind as liveness, in its own order. Data
 * that is still current counts as if it left now; the caller adds the life it still expects.
 */
export async function computeDeaths(
  placed: readonly PlacedSnapshot[],
  removals: Removals,
  source: TreeSource,
  signal?: AbortSignal,
): Promise<(blob: string) => number> {
  const dies = (one: PlacedSnapshot): number => removals.bySnapshot.get(one.snapshot.id) ?? Infinity;
  const mortal = placed.some((one) => dies(one) !== Infinity);
  if (!mortal) return () => Infinity;
  const order = [...placed].sort((a, b) => (dies(a) === dies(b) ? 0 : dies(a) > dies(b) ? -1 : 1));
  const deaths = new Map<string, number>();
  await walkReferences(
    order,
    ruleStates([]),
    source,
    (at, _rules, content) => {
      const death = dies(order[at]!);
      for (const blob of content) if (!deaths.has(blob)) deaths.set(blob, death);
    },
    signal,
  );
  return (blob) => deaths.get(blob) ?? Infinity;
}
