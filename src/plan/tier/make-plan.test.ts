import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asId, type PackId } from "../../base/id.ts";
import { MIB } from "../../base/limits.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import type { BlobLocation, BlobType, PackedBlob } from "../../format/blob.ts";
import type { BlobIndex, PackState } from "../../repo/repository.ts";
import { readability } from "../../repo/pack-state.ts";
import { answersWithin, classOf } from "./cost.ts";
import { BLOBS, bruteForce, HOUR, livenessOf, NOW_HOUR, rule, type SnapshotModel, snapshots } from "./testing/history.ts";
import { makeTierPlan } from "./make-plan.ts";
import type { Rule } from "./rule.ts";
import { TEST_PROFILE } from "./testing.ts";
import type { TierFacts } from "./tier-facts.ts";
import type { TierPlan } from "./tier-plan.ts";

interface PackModel {
  readonly id: PackId;
  readonly blobs: readonly string[];
  readonly trees: boolean;
  readonly storageClass: string;
}

function indexOf(packs: readonly PackModel[]): BlobIndex {
  const packed = (pack: PackModel): PackedBlob[] =>
    [...pack.blobs.map((id) => ["data", id] as const), ...(pack.trees ? [["tree", "tree"] as const] : [])].map(([type, id], i) => ({
      type,
      id: asId<"blob">(id),
      offset: i,
      length: MIB,
      uncompressedLength: 0,
    }));
  const find = (id: PackId): PackModel | undefined => packs.find((pack) => pack.id === id);
  const lookup = (type: BlobType, id: string): BlobLocation[] =>
    packs.flatMap((pack) =>
      packed(pack)
        .filter((blob) => blob.type === type && blob.id === id)
        .map((blob) => ({ ...blob, pack: pack.id })),
    );
  return {
    size: 0,
    has: (type, id) => lookup(type, id).length > 0,
    lookup,
    copies: (type, id) => lookup(type, id).length,
    plaintextLength: () => undefined,
    packs: () => packs.map((pack) => pack.id),
    hasPack: (id) => find(id) !== undefined,
    blobsOf: (id) => packed(find(id)!),
    entries: () => [],
    isTreePack: (id) => find(id)?.trees === true,
    filesOf: () => [],
    addPack: () => undefined,
    addFile: () => undefined,
    differing: new Set(),
  };
}

function statesOf(packs: readonly PackModel[]): Map<PackId, PackState> {
  return new Map(
    packs.map((pack) => {
      const info = { key: "", size: 16 * MIB, storageClass: pack.storageClass, lastModified: 0, restore: undefined, etag: undefined };
      return [pack.id, { ...info, ...readability(info, true, 0) }];
    }),
  );
}

async function planFor(all: readonly SnapshotModel[], rules: readonly Rule[], packs: readonly PackModel[]): Promise<TierPlan> {
  const liveness = await livenessOf(all, rules, undefined);
  const facts: TierFacts = {
    config: { version: 2, id: "c".repeat(64), polynomial: 0n },
    location: "memory:",
    index: indexOf(packs),
    states: statesOf(packs),
    liveness,
    deathOf: () => Infinity,
    removals: { bySnapshot: new Map(), keepSpanMs: Infinity, coarse: false },
    profile: TEST_PROFILE,
    prices: { provider: "aws-s3", region: "us-east-1", currency: "USD", date: "", assumed: false, why: "" },
    keepConfigured: false,
    snapshots: [],
    frozenTrees: [],
    treesUnreadable: false,
    hasClasses: true,
  };
  return makeTierPlan(facts, { strict: true });
}

const packsOf: fc.Arbitrary<PackModel[]> = fc
  .array(
    fc.record({
      blobs: fc.subarray([...BLOBS, "unused"], { minLength: 1 }),
      trees: fc.nat({ max: 9 }).map((n) => n === 0),
      storageClass: fc.constantFrom("STANDARD", "STANDARD", "STANDARD", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) => list.map((pack, i) => ({ ...pack, id: asId<"pack">(`p${i}`) })));

const answer = (storageClass: string): number => answersWithin(classOf(TEST_PROFILE, storageClass)!);

/** Now, hour by hour while rules end, and long after. */
const LATER = [...Array.from({ length: 26 }, (_, i) => NOW_HOUR + i), NOW_HOUR + 9000];

test("no step breaks a rule, now or later; what is cold for good goes to the cheapest class; carried out, nothing is broken", async () => {
  await fc.assert(
    fc.asyncProperty(snapshots, fc.array(rule, { maxLength: 4 }), packsOf, async (all, rules, packs) => {
      const plan = await planFor(all, rules, packs);
      const need = (blob: string, hour: number): number => bruteForce(blob, all, rules, undefined, hour).needLeft;
      const isUsed = (blob: string): boolean => all.some((model) => model.files.some((file) => file.blobs.includes(blob)));
      const isCurrent = (blob: string): boolean => bruteForce(blob, all, [{ ...ANYTHING }], undefined).left[0] === Infinity;
      const steps = new Map(plan.steps.map((step) => [step.pack, step]));
      for (const pack of packs) {
        const step = steps.get(pack.id);
        const used = pack.blobs.filter(isUsed);
        if (step?.kind === "freeze") {
          assert.equal(pack.storageClass, "STANDARD");
          assert.ok(!pack.trees && used.length > 0, "folders and unreferenced packs are never frozen");
          for (const blob of used) {
            for (const hour of LATER) assert.ok(answer(step.to) <= need(blob, hour), `${blob} in ${step.to} at hour ${hour}`);
            assert.ok(!isCurrent(blob) || answer(step.to) === 0, `${blob} is current`);
          }
        }
        const coldForGood =
          used.length > 0 && used.every((blob) => !isCurrent(blob) && LATER.every((hour) => need(blob, hour) >= answer("DEEP_ARCHIVE")));
        if (coldForGood && pack.storageClass === "STANDARD" && !pack.trees) assert.equal(step?.to, "DEEP_ARCHIVE");
      }
      const after = packs.map((pack) => ({ ...pack, storageClass: steps.get(pack.id)?.to ?? pack.storageClass }));
      for (const blob of BLOBS.filter(isUsed)) {
        const copies = after.filter((pack) => pack.blobs.includes(blob));
        if (copies.length > 0)
          assert.ok(
            copies.some((pack) => answer(pack.storageClass) <= need(blob, NOW_HOUR)),
            `${blob} is still broken`,
          );
      }
      for (const pack of after) if (pack.trees) assert.equal(answer(pack.storageClass), 0, "folders are readable at once");
    }),
    { seed: Number(process.env["FIRN_TEST_SEED"] ?? 11), numRuns: 1200 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) },
  );
});

const ANYTHING: Rule = {
  text: "",
  current: false,
  gone: undefined,
  path: undefined,
  size: undefined,
  host: undefined,
  tags: undefined,
  within: HOUR,
};

const INSTANT_THEN_COLD: readonly Rule[] = [
  { ...ANYTHING, text: "{ current: true, within: instant }", current: true, within: 0 },
  { ...ANYTHING, text: "{ within: 48h }", within: 2 * MS_PER_DAY },
];

function snapshot(id: number, hour: number, blobs: string[]): SnapshotModel {
  return { id, hour, host: "a", tags: [], files: [{ path: ["f"], size: 1, blobs }] };
}

test("bytes that are hot only because they share a pack are counted", async () => {
  const all = [snapshot(0, 1, ["b0", "b1"]), snapshot(1, 50, ["b1"])];
  const plan = await planFor(all, INSTANT_THEN_COLD, [
    { id: asId("p0"), blobs: ["b0", "b1", "unused"], trees: false, storageClass: "STANDARD" },
  ]);
  assert.deepEqual(plan.steps, []);
  assert.deepEqual(plan.mixed, { packs: 1, bytes: MIB });
});

test("a blob with two cold copies is brought back once", async () => {
  const pack = (id: string): PackModel => ({ id: asId(id), blobs: ["b0"], trees: false, storageClass: "DEEP_ARCHIVE" });
  const plan = await planFor([snapshot(0, 50, ["b0"])], INSTANT_THEN_COLD, [pack("p0"), pack("p1")]);
  assert.equal(plan.steps.length, 1);
  assert.equal(plan.steps[0]!.kind, "promote");
});

test("a plan is the same, byte for byte, whenever it is made from the same facts", async () => {
  const all = [snapshot(0, 1, ["b0"]), snapshot(1, 50, ["b1"])];
  const packs: PackModel[] = ["b0", "b1"].map((blob, i) => ({ id: asId(`p${i}`), blobs: [blob], trees: false, storageClass: "STANDARD" }));
  assert.equal(
    JSON.stringify(await planFor(all, INSTANT_THEN_COLD, packs)),
    JSON.stringify(await planFor(all, INSTANT_THEN_COLD, [...packs].reverse())),
  );
});
