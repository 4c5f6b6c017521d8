import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDuration } from "../../base/duration.ts";
import { BLOBS, bruteForce, HOUR, livenessOf, rule, type SnapshotModel, snapshots } from "./testing/history.ts";
import { INSTANT, type Rule } from "./rule.ts";

const SEED = Number(process.env["FIRN_TEST_SEED"] ?? 7);
const RUNS = 3000 * Number(process.env["FIRN_TEST_RUNS"] ?? 1);

test("liveness agrees with brute force on random histories", async () => {
  await fc.assert(
    fc.asyncProperty(
      snapshots,
      fc.array(rule, { maxLength: 5 }),
      fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
      async (all, rules, retire) => {
        const liveness = await livenessOf(all, rules, retire);
        for (const blob of BLOBS) {
          const times = liveness.timesOf(blob, "left");
          const used = all.some((model) => model.files.some((one) => one.blobs.includes(blob)));
          assert.equal(times !== undefined, used, blob);
          if (times === undefined) continue;
          const truth = bruteForce(blob, all, rules, retire);
          assert.deepEqual(times.byRule, truth.left, `${blob}: left`);
          assert.deepEqual(liveness.timesOf(blob, "seen")!.byRule, truth.seen, `${blob}: seen`);
          assert.equal(liveness.needOf(blob, "left"), truth.needLeft, `${blob}: need by left`);
          assert.equal(liveness.needOf(blob, "seen"), truth.needSeen, `${blob}: need by seen`);
        }
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
});

test("the clock starts when data leaves, not when it was uploaded", async () => {
  const rules: Rule[] = [
    { text: "", current: true, gone: undefined, path: undefined, size: undefined, host: undefined, tags: undefined, within: INSTANT },
    {
      text: "",
      current: false,
      gone: parseDuration("10h", ""),
      path: undefined,
      size: undefined,
      host: undefined,
      tags: undefined,
      within: INSTANT,
    },
    { text: "", current: false, gone: undefined, path: undefined, size: undefined, host: undefined, tags: undefined, within: 48 * HOUR },
  ];
  const one = (id: number, hour: number, blobs: string[]): SnapshotModel => ({
    id,
    hour,
    host: "a",
    tags: [],
    files: [{ path: ["f"], size: 1, blobs }],
  });
  const old = await livenessOf([one(0, 1, ["b0"]), one(1, 51, ["b0"]), one(2, 52, ["b1"])], rules, undefined);
  assert.equal(old.needOf("b0", "left"), INSTANT, "uploaded 59 hours ago, gone for 8");
  // b0 vanished at hour 20, and the snapshot that showed it was forgotten: `left` moved to 52, `seen` stays at 10.
  const forgotten = await livenessOf([one(0, 10, ["b0"]), one(2, 52, ["b1"])], rules, undefined);
  assert.equal(forgotten.needOf("b0", "left"), INSTANT);
  assert.equal(forgotten.needOf("b0", "seen"), 48 * HOUR);
});
