import assert from "node:assert/strict";
import { test } from "node:test";
import { asId } from "../../base/id.ts";
import { MS_PER_DAY, timeFromMs } from "../../base/time.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { KEEP_NOTHING, type KeepPolicy } from "../keep-policy.ts";
import { applyPolicy } from "../retention.ts";
import { computeDeaths, type Keep, simulateRemovals } from "./deaths.ts";
import { placeSnapshots } from "./series.ts";

const NOW = Date.parse("2026-06-15T12:00:00Z");
const SERIES = { by: ["host", "paths"], retireAfter: undefined } as const;

function snapshot(id: number, ms: number, host = "a"): StoredSnapshot {
  return {
    id: asId(`s${id}`),
    time: timeFromMs(ms, 0),
    parent: undefined,
    tree: asId(`t${id}`),
    paths: ["/"],
    hostname: host,
    username: "",
    uid: 0,
    gid: 0,
    excludes: [],
    tags: [],
    original: undefined,
    programVersion: "",
    summary: undefined,
  };
}

function keepOf(policy: Partial<KeepPolicy>): Keep {
  return (snapshots, nowNs) => new Set(applyPolicy(snapshots, { ...KEEP_NOTHING, ...policy }, nowNs).keep.map((kept) => kept.snapshot.id));
}

/** Nightly snapshots, the newest last night. */
function nights(count: number, host = "a", lastDaysAgo = 0): StoredSnapshot[] {
  return Array.from({ length: count }, (_, i) => snapshot(i, NOW - (count - 1 - i + lastDaysAgo) * MS_PER_DAY, host));
}

const placed = (snapshots: readonly StoredSnapshot[]) => placeSnapshots(snapshots, SERIES, BigInt(NOW) * 1_000_000n);

test("keep-last pushes one snapshot out each night", () => {
  const removals = simulateRemovals(placed(nights(5)), keepOf({ last: 5 }), NOW);
  const days = [0, 1, 2, 3, 4].map((i) => (removals.bySnapshot.get(asId(`s${i}`))! - NOW) / MS_PER_DAY);
  assert.deepEqual(days, [1, 2, 3, 4, 5]);
  assert.equal(removals.keepSpanMs, 5 * MS_PER_DAY);
});

test("a monthly snapshot outlives the daily ones around it", () => {
  const removals = simulateRemovals(placed(nights(30)), keepOf({ daily: 30, monthly: 12 }), NOW);
  // 31 May is the last of its month, 30 May is not.
  const of = (iso: string): number =>
    removals.bySnapshot.get(placed(nights(30)).find((one) => one.snapshot.time.ns === timeFromMs(Date.parse(iso), 0).ns)!.snapshot.id)!;
  assert.ok(of("2026-05-31T12:00:00Z") - NOW > 300 * MS_PER_DAY);
  assert.ok(of("2026-05-30T12:00:00Z") - NOW < 30 * MS_PER_DAY);
});

test("a series that stopped pushes nothing out, and without a policy nothing dies", () => {
  const stopped = simulateRemovals(placed(nights(5, "a", 60)), keepOf({ last: 2 }), NOW);
  assert.ok([...stopped.bySnapshot.values()].every((at) => at === Infinity));
  const none = simulateRemovals(placed(nights(5)), undefined, NOW);
  assert.equal(none.keepSpanMs, Infinity);
});

test("a blob dies with the last snapshot that holds it, whatever series that is", async () => {
  const both = [...nights(3, "a"), snapshot(9, NOW - MS_PER_DAY, "b"), snapshot(10, NOW, "b")];
  const removals = simulateRemovals(placed(both), keepOf({ last: 3 }), NOW);
  const trees: Record<string, string[]> = { t0: ["x", "y"], t1: ["y"], t2: [], t9: ["x"], t10: [] };
  const source = {
    loadTree: (id: string) => ({
      files: [{ name: new Uint8Array(), size: 1, content: trees[id]!.map((blob) => asId<"blob">(blob)) }],
      folders: [],
    }),
  };
  const deathOf = await computeDeaths(placed(both), removals, source);
  assert.equal((deathOf("y") - NOW) / MS_PER_DAY, 2);
  assert.equal((deathOf("x") - NOW) / MS_PER_DAY, 2, "s9 of series b goes on the second night, s0 on the first");
});
