import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BlobId, PackId } from "../../base/id.ts";
import { MIB } from "../../base/limits.ts";
import type { BlobType, PackedBlob } from "../../format/blob.ts";
import { packSizeOf } from "../../format/pack-header.ts";
import type { PackState } from "../../repo/repository.ts";
import { planPrune, type PrunePlan } from "./plan-prune.ts";
import type { PruneFacts } from "./prune-facts.ts";
import { DEFAULT_PRUNE, type PruneOptions } from "./prune-options.ts";

const runs = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 300 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

interface Blob {
  readonly name: string;
  readonly size?: number;
  readonly type?: BlobType;
  readonly plain?: boolean;
}

interface Pack {
  readonly name: string;
  readonly blobs: readonly Blob[];
  readonly state?: PackState["state"];
  readonly storageClass?: string;
  readonly listed?: boolean;
  readonly indexed?: boolean;
  readonly wrongSize?: boolean;
}

const idOf = (name: string): string => Buffer.from(name).toString("hex").padStart(64, "0");
const nameOf = (id: string): string => Buffer.from(id, "hex").toString().replaceAll("\0", "");

/** Blobs are 1 MiB unless they say otherwise. `used` names the blobs that snapshots need. */
function factsOf(packs: readonly Pack[], used: readonly string[], version: 1 | 2 = 2): PruneFacts {
  const index = new Map<PackId, readonly PackedBlob[]>();
  const listed = new Map<PackId, PackState>();
  for (const pack of packs) {
    const id = idOf(pack.name) as PackId;
    const blobs = placed(pack.blobs, version);
    if (pack.indexed !== false) index.set(id, blobs);
    const size = packSizeOf(blobs) + (pack.wrongSize === true ? 1 : 0);
    const storageClass = pack.storageClass ?? ((pack.state ?? "hot") === "hot" ? "STANDARD" : "DEEP_ARCHIVE");
    if (pack.listed !== false)
      listed.set(id, { size, storageClass, lastModified: 0, etag: undefined, state: pack.state ?? "hot", until: undefined });
  }
  const needed = new Set(used.map(idOf));
  return {
    version,
    packSize: 16 * MIB,
    index: {
      packs: () => index.keys(),
      blobsOf: (id) => index.get(id) ?? [],
      hasPack: (id) => index.has(id),
      copies: (type, id) => [...index.values()].flat().filter((blob) => blob.type === type && blob.id === id).length,
    },
    listed,
    isUsed: (_type, id) => needed.has(id),
  };
}

function placed(blobs: readonly Blob[], version: 1 | 2): PackedBlob[] {
  let offset = 0;
  return blobs.map(({ name, size = MIB, type = "data", plain = version === 1 }) => {
    const blob = { type, id: idOf(name) as BlobId, offset, length: size, uncompressedLength: plain ? 0 : size * 2 };
    offset += size;
    return blob;
  });
}

function plan(packs: readonly Pack[], used: readonly string[], options: Partial<PruneOptions> = {}, version: 1 | 2 = 2): PrunePlan {
  return planPrune(factsOf(packs, used, version), { ...DEFAULT_PRUNE, ...options });
}

function shape(result: PrunePlan): Record<string, unknown> {
  const lists = {
    unreferenced: result.unreferenced.map(nameOf),
    repack: result.repack.map(({ pack, blobs }) => `${nameOf(pack)}: ${blobs.map(({ id }) => nameOf(id)).join(" ")}`),
    remove: result.remove.map(nameOf),
    forget: result.forget.map(nameOf),
    coldKept: result.coldKept.map(({ pack }) => nameOf(pack)),
    dearKept: result.dearKept.map(({ pack }) => nameOf(pack)),
    coldRemoved: result.coldRemoved.map(({ pack }) => nameOf(pack)),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

/** A pack of `count` blobs called x0, x1 … */
const pack = (name: string, count: number, more: Omit<Partial<Pack>, "name"> = {}): Pack => ({
  name,
  blobs: Array.from({ length: count }, (_, i) => ({ name: `${name}${i}` })),
  ...more,
});
const names = (name: string, from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${name}${from + i}`);

test("what nobody needs goes, what the index does not know goes first, what is needed stays", () => {
  const packs = [pack("a", 8), pack("b", 8), pack("c", 8, { indexed: false })];
  assert.deepEqual(shape(plan(packs, names("a", 0, 8))), { unreferenced: ["c"], remove: ["b"] });
  assert.deepEqual(shape(plan([], [])), {});
});

test("partly used packs are repacked, worst first, until little enough is unused", () => {
  const packs = [pack("a", 10), pack("b", 10), pack("c", 10), pack("d", 10)];
  const used = [...names("a", 0, 10), ...names("b", 1, 10), ...names("c", 4, 10), ...names("d", 0, 10)];
  const wanted = { repack: ["c: c4 c5 c6 c7 c8 c9"] };
  assert.deepEqual(shape(plan(packs, used)), wanted);
  assert.deepEqual(shape(plan(packs, used, { maxUnused: { kind: "unlimited" } })), {});
  assert.deepEqual(shape(plan(packs, used, { maxUnused: { kind: "bytes", bytes: MIB } })), {
    repack: [...wanted.repack, "b: b1 b2 b3 b4 b5 b6 b7 b8 b9"],
  });
  assert.deepEqual(shape(plan(packs, used, { maxRepackBytes: 5 * MIB })), {});
  assert.deepEqual(shape(plan(packs, used, { repackCacheableOnly: true })), {});
});

test("trees first and whatever the limit: unused ones, mixed packs, uncompressed trees in version 2", () => {
  const trees: Pack = {
    name: "t",
    blobs: [
      { name: "t0", type: "tree" },
      { name: "t1", type: "tree" },
    ],
  };
  const mixed: Pack = { name: "m", blobs: [{ name: "m0", type: "tree" }, { name: "m1" }] };
  const plain: Pack = { name: "p", blobs: [{ name: "p0", type: "tree", plain: true }] };
  const packs = [pack("a", 9), trees, mixed, plain];
  const used = [...names("a", 0, 9), "t0", "m0", "m1", "p0"];
  const unlimited = { maxUnused: { kind: "unlimited" } } as const;
  assert.deepEqual(shape(plan(packs, used, unlimited)), { repack: ["t: t0", "m: m0 m1", "p: p0"] });
  assert.deepEqual(shape(plan([plain], used, {}, 1)), {});
  const plainData: Pack = { name: "q", blobs: [{ name: "q0", size: 8 * MIB, plain: true }] };
  assert.deepEqual(shape(plan([plainData], ["q0"])), {});
  assert.deepEqual(shape(plan([plainData], ["q0"], { repackUncompressed: true })), { repack: ["q: q0"] });
  assert.throws(() => plan([plainData], ["q0"], { repackUncompressed: true }, 1), /version 1/);
});

test("small packs are put together once there are ten", () => {
  const small = (count: number): Pack[] => Array.from({ length: count }, (_, i) => pack(`s${i}-`, 1));
  const used = (packs: readonly Pack[]): string[] => packs.map(({ name }) => `${name}0`);
  assert.deepEqual(shape(plan(small(9), used(small(9)))), {});
  assert.equal(plan(small(10), used(small(10))).repack.length, 10);
  assert.equal(plan(small(10), used(small(10)), { smallPackBytes: 1000 }).repack.length, 0);
  assert.throws(() => plan([], [], { smallPackBytes: 17 * MIB }), /above the pack size/);
});

test("packs that are missing or of the wrong size stop everything when they are needed, and nothing when they are not", () => {
  assert.throws(() => plan([pack("a", 5, { listed: false })], ["a0"]), /is missing, and snapshots need 1 of its blobs/);
  assert.deepEqual(shape(plan([pack("a", 5, { listed: false })], [])), { forget: ["a"] });
  assert.throws(() => plan([pack("a", 5, { wrongSize: true })], ["a0"]), /bytes where the index says/);
  assert.deepEqual(shape(plan([pack("a", 5, { wrongSize: true })], [])), { remove: ["a"] });
});

test("of several copies one stays; copies in packs that are there and sound are preferred", () => {
  const a = pack("a", 8);
  const copyOfA: Pack = { ...a, name: "b" };
  assert.deepEqual(shape(plan([a, copyOfA], names("a", 0, 8))), { remove: ["b"] });
  assert.deepEqual(shape(plan([{ ...a, listed: false }, copyOfA], names("a", 0, 8))), { forget: ["a"] });
  assert.deepEqual(shape(plan([{ ...a, wrongSize: true }, copyOfA], names("a", 0, 8))), { remove: ["a"] });
});

test("after an interrupted prune the new packs stay and the old ones go", () => {
  const old = pack("a", 10);
  const fresh: Pack = { name: "n", blobs: names("a", 4, 10).map((name) => ({ name })) };
  assert.deepEqual(shape(plan([old, fresh], names("a", 4, 10))), { remove: ["a"] });
});

test("the ice: partly dead packs stay as they are, wholly dead ones go, and none is ever repacked", () => {
  for (const state of ["archived", "thawing", "thawed", "unknown"] as const) {
    const packs = [pack("a", 10, { state }), pack("b", 10, { state }), pack("c", 10, { state, indexed: false })];
    const result = plan(packs, ["a0"], { maxUnused: { kind: "bytes", bytes: 0 } });
    assert.deepEqual(shape(result), { unreferenced: ["c"], remove: ["b"], coldKept: ["a"], coldRemoved: ["b", "c"] });
    assert.equal(result.coldKept[0]?.unusedBytes, 9 * MIB);
  }
});

test("packs whose class charges for reading are not written anew; dead ones go; an explicit wish is heard", () => {
  const dear = { storageClass: "GLACIER_IR" };
  const packs = [pack("a", 10, dear), pack("b", 10, dear), pack("c", 40)];
  const none = { maxUnused: { kind: "bytes", bytes: 0 } } as const;
  assert.deepEqual(shape(plan(packs, ["a0", ...names("c", 0, 40)], none)), { remove: ["b"], dearKept: ["a"] });
  const small = Array.from({ length: 20 }, (_, i) => pack(`s${i}.`, 1, dear));
  assert.deepEqual(
    shape(
      plan(
        small,
        small.flatMap(({ blobs }) => blobs.map(({ name }) => name)),
      ),
    ),
    {},
    "small ones are left alone too",
  );
  const wish = plan([pack("a", 10, dear)], ["a0"], { ...none, repackUncompressed: true });
  assert.deepEqual(shape(wish), { repack: ["a: a0"] });
});

test("what waits in the ice does not drive the repacking of readable packs", () => {
  const packs = [pack("a", 10, { state: "archived" }), pack("b", 40)];
  assert.deepEqual(shape(plan(packs, ["a0", ...names("b", 1, 40)])), { coldKept: ["a"] });
});

test("a readable copy outranks one in the ice, and is copied though the ice has it too", () => {
  const cold = pack("a", 10, { state: "archived" });
  const hot: Pack = { name: "h", blobs: [{ name: "a0" }, ...names("x", 0, 5).map((name) => ({ name }))] };
  assert.deepEqual(shape(plan([cold, hot], ["a0", "a1"])), { repack: ["h: a0"], coldKept: ["a"] });
  assert.deepEqual(shape(plan([cold, { ...hot, blobs: [{ name: "a0", size: 8 * MIB }] }], ["a0"])), { remove: ["a"], coldRemoved: ["a"] });
});

test("whatever there is: nothing needed is lost, nothing readable turns to ice, the ice is not read", () => {
  const blob = fc.record({
    name: fc.integer({ min: 0, max: 25 }).map((n) => `n${n}`),
    size: fc.constantFrom(100_000, MIB, 3 * MIB),
    plain: fc.boolean(),
  });
  const packs = fc
    .array(
      fc.record({
        blobs: fc.array(blob, { minLength: 1, maxLength: 8 }),
        state: fc.constantFrom<PackState["state"]>("hot", "hot", "hot", "archived", "thawing", "thawed", "unknown"),
        type: fc.constantFrom<BlobType>("data", "data", "tree"),
        indexed: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      }),
      { maxLength: 14 },
    )
    // Blobs of trees and of data never share an id here, and trees are never in the ice.
    .map((list) =>
      list.map(({ blobs, type, state, indexed }, i) => ({
        name: `p${i}`,
        blobs: blobs.map(({ name, size, plain }) => ({ name: type === "tree" ? `t${name}` : name, size, plain, type })),
        state: type === "tree" ? ("hot" as const) : state,
        indexed,
      })),
    );
  const options = fc.record({
    maxUnused: fc.constantFrom<PruneOptions["maxUnused"]>(
      { kind: "unlimited" },
      { kind: "percent", percent: 5 },
      { kind: "bytes", bytes: 0 },
    ),
    maxRepackBytes: fc.constantFrom(Number.POSITIVE_INFINITY, 4 * MIB, 0),
    smallPackBytes: fc.constantFrom(undefined, 2 * MIB),
    repackCacheableOnly: fc.boolean(),
    repackUncompressed: fc.boolean(),
  });
  fc.assert(
    fc.property(packs, fc.uniqueArray(fc.integer({ min: 0, max: 25 })), options, (list, kept, opts) => {
      const wanted = new Set(kept.flatMap((n) => [`n${n}`, `tn${n}`]));
      const indexed = list.filter((one) => one.indexed);
      const present = new Set(indexed.flatMap((one) => one.blobs.map(({ name }) => name)));
      const used = [...wanted].filter((name) => present.has(name));
      const result = planPrune(factsOf(list, used), { ...DEFAULT_PRUNE, ...opts });
      const gone = new Set([...result.remove, ...result.repack.map((repack) => repack.pack)].map(nameOf));
      const copied = result.repack.flatMap((repack) => repack.blobs.map(({ id }) => nameOf(id)));
      assert.equal(new Set(copied).size, copied.length, "copied once");
      assert.ok(
        copied.every((name) => used.includes(name)),
        "only what is needed is copied",
      );
      const homes = (name: string, states: (state: string) => boolean): Pack[] =>
        indexed.filter((one) => states(one.state) && one.blobs.some((held) => held.name === name));
      for (const name of used) {
        const isHot = (state: string): boolean => state === "hot";
        const hotAfter = copied.includes(name) || homes(name, isHot).some((one) => !gone.has(one.name));
        if (homes(name, isHot).length > 0) assert.ok(hotAfter, `${name} stays readable`);
        else
          assert.ok(
            homes(name, () => true).some((one) => !gone.has(one.name)),
            `${name} stays`,
          );
      }
      for (const { pack: id } of result.repack) assert.equal(list.find(({ name }) => name === nameOf(id))?.state, "hot");
      const { stats } = result;
      assert.equal(
        stats.totalBlobs(),
        indexed.reduce((sum, one) => sum + one.blobs.length, 0),
      );
      assert.ok(stats.remainingUnused() >= 0);
    }),
    runs,
  );
});
