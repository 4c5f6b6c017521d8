import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { formatDuration, parseDuration } from "../../src/base/duration.ts";
import type { SnapshotId } from "../../src/base/id.ts";
import { seededRandom, testWorld } from "../../src/base/testing.ts";
import type { Snapshot } from "../../src/format/snapshot.ts";
import { encodeSnapshot } from "../../src/format/snapshot-codec.ts";
import { EMPTY_TREE_ID } from "../../src/format/tree.ts";
import { KEEP_NOTHING, type KeepPolicy, PERIODS, UNLIMITED } from "../../src/plan/keep-policy.ts";
import { applyPolicy } from "../../src/plan/retention.ts";
import { createRepository } from "../../src/repo/create.ts";
import { TEST_KDF } from "../../src/repo/testing.ts";
import { openLocal } from "../../src/store/local.ts";
import { requirePeer, restic } from "../peers.ts";

/** Runs of `restic forget --dry-run`, about a third of a second each. */
const RUNS = 6 * Number(process.env["FIRN_TEST_RUNS"] ?? 1);
const SEED = process.env["FIRN_TEST_SEED"] ?? "retention";
const HOUR = 3_600_000_000_000n;

interface ResticGroup {
  readonly keep: readonly { readonly id: string }[] | null;
  readonly remove: readonly { readonly id: string }[] | null;
  readonly reasons: readonly { readonly snapshot: { readonly id: string }; readonly matches: readonly string[] }[] | null;
}

type Dice = (sides: number) => number;

function dice(seed: string): Dice {
  const random = seededRandom(seed);
  return (sides) => Buffer.from(random(6)).readUIntBE(0, 6) % sides;
}

/** Dense in the last days, thin in the years before, some in the future, in several zones, some at the same moment. */
function someSnapshots(roll: Dice, nowNs: bigint): Snapshot[] {
  const snapshots: Snapshot[] = [];
  for (let i = 0; i < 90; i++) {
    const reach = [100, 24 * 30, 24 * 400, 24 * 2000][roll(4)]!;
    const hours = roll(20) === 0 ? -roll(100) - 1 : roll(reach);
    const ns = nowNs - BigInt(hours) * HOUR - BigInt(roll(1_000_000_000)) - 1_000_000_000n;
    const time = { ns, offset: [0, 3600, -5 * 3600, 12 * 3600 + 2700][roll(4)]! };
    const tags = [[], ["a"], ["a", "b"], ["c"]][roll(4)]!;
    snapshots.push(snapshotAt(time, tags));
    // Same period again, a little earlier.
    if (roll(3) === 0) snapshots.push(snapshotAt({ ...time, ns: ns - BigInt(roll(3)) * HOUR - 1n }, tags));
  }
  return snapshots;
}

function snapshotAt(time: Snapshot["time"], tags: readonly string[]): Snapshot {
  return {
    time,
    parent: undefined,
    tree: EMPTY_TREE_ID,
    paths: ["/data"],
    hostname: "h",
    username: "u",
    uid: 0,
    gid: 0,
    excludes: [],
    tags,
    original: undefined,
    programVersion: "",
    summary: undefined,
  };
}

function somePolicy(roll: Dice): KeepPolicy {
  const count = (): number => (roll(2) === 0 ? 0 : roll(12) - 1);
  const duration = (): ReturnType<typeof parseDuration> | undefined =>
    roll(3) === 0 ? parseDuration(["7d", "1y2m", "36h", "3m10d5h", "2y"][roll(5)]!, "test") : undefined;
  const withinPeriod = Object.fromEntries(PERIODS.map((period) => [period, duration()]).filter(([, value]) => value !== undefined));
  const policy = { ...KEEP_NOTHING, last: roll(3), hourly: count(), daily: count(), weekly: count(), monthly: count(), yearly: count() };
  return { ...policy, within: duration(), withinPeriod, tags: [[], [["b"]], [["a", "b"], ["c"]], [[""]]][roll(4)]! };
}

function flagsOf(policy: KeepPolicy): string[] {
  const flags = (["last", ...PERIODS] as const).flatMap((rule) => [
    `--keep-${rule}`,
    policy[rule] === UNLIMITED ? "unlimited" : String(policy[rule]),
  ]);
  if (policy.within !== undefined) flags.push("--keep-within", formatDuration(policy.within));
  for (const period of PERIODS) {
    const duration = policy.withinPeriod[period];
    if (duration !== undefined) flags.push(`--keep-within-${period}`, formatDuration(duration));
  }
  return [...flags, ...policy.tags.flatMap((list) => ["--keep-tag", list.join(",")])];
}

test("keeps and removes what restic does, for the same reasons", async (t) => {
  if (requirePeer(t, "restic") === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), "firn-retention-"));
  try {
    const roll = dice(SEED);
    const world = testWorld({ seed: SEED });
    const store = openLocal(folder, world);
    const repo = await createRepository(store, {
      world,
      version: 2,
      polynomial: 0x3da3358b4dc173n,
      password: async () => Buffer.from("x"),
      kdf: TEST_KDF,
    });
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const snapshots: (Snapshot & { id: SnapshotId })[] = [];
    for (const snapshot of someSnapshots(roll, nowNs)) {
      snapshots.push({ ...snapshot, id: await repo.saveUnpacked<"snapshot">("snapshots", encodeSnapshot(snapshot)) });
    }
    for (let run = 0; run < RUNS; run++) {
      const policy = somePolicy(roll);
      const { keep, remove } = applyPolicy(snapshots, policy, nowNs);
      if (keep.length === 0) continue;
      const flags = flagsOf(policy);
      const { stdout } = await restic(["forget", "--dry-run", "--json", "--no-lock", ...flags], { repo: folder, password: "x" });
      const [group] = JSON.parse(stdout) as ResticGroup[];
      const ours = new Map(keep.map(({ snapshot, reasons }) => [snapshot.id, reasons]));
      const theirs = new Map((group?.reasons ?? []).map(({ snapshot, matches }) => [snapshot.id as SnapshotId, matches]));
      for (const snapshot of snapshots)
        assert.deepEqual(ours.get(snapshot.id), theirs.get(snapshot.id), `${flags.join(" ")}: ${snapshot.id}`);
      assert.deepEqual(
        keep.map(({ snapshot }) => snapshot.id),
        group?.keep?.map(({ id }) => id),
      );
      assert.deepEqual(
        remove.map(({ id }) => id),
        (group?.remove ?? []).map(({ id }) => id),
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
