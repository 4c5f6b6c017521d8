import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Bytes, fromHex } from "../../base/bytes.ts";
import { asId, type BlobId, type IndexId, type PackId } from "../../base/id.ts";
import type { BlobLocation, BlobType, PackedBlob } from "../../format/blob.ts";
import { encodeHeader } from "../../format/pack-header.ts";
import { CompactIndex } from "./blob-index.ts";
import { IndexColumns } from "../../format/index-columns.ts";
import { include, IndexView } from "./index-view.ts";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
const packId = (n: number): PackId => asId<"pack">(digest(`pack ${n}`));
const blobId = (n: number): BlobId => asId<"blob">(digest(`blob ${n}`));
const fileId = (n: number): IndexId => asId<"index">(digest(`file ${n}`));

function contiguous(blobs: readonly { type: BlobType; n: number; length: number; plain: number }[]): PackedBlob[] {
  let offset = 0;
  return blobs.map((blob) => {
    const entry = { type: blob.type, id: blobId(blob.n), offset, length: blob.length, uncompressedLength: blob.plain };
    offset += blob.length;
    return entry;
  });
}

/** Undefined when the blobs leave gaps. */
function headerOr(blobs: readonly PackedBlob[]): Bytes | undefined {
  try {
    return encodeHeader(blobs);
  } catch {
    return undefined;
  }
}

const runs = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 60 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

const packsOfBlobs = fc.array(
  fc.record({
    id: fc.nat(8),
    gap: fc.constantFrom(0, 0, 0, 7),
    blobs: fc.uniqueArray(
      fc.record({
        type: fc.constantFrom<BlobType>("data", "tree"),
        n: fc.nat(30),
        length: fc.integer({ min: 33, max: 500 }),
        plain: fc.nat(900),
      }),
      { maxLength: 200, selector: (blob) => `${blob.type}${blob.n}` },
    ),
    file: fc.nat(3),
  }),
  { maxLength: 30 },
);

test("the compact index answers as a plain list of entries does", () => {
  fc.assert(
    fc.property(packsOfBlobs, (packs) => {
      const index = new CompactIndex();
      const model = new Map<string, BlobLocation>();
      for (const pack of packs) {
        const blobs = contiguous(pack.blobs).map((blob, at) => ({ ...blob, offset: blob.offset + (at > 1 ? pack.gap : 0) }));
        index.add(packId(pack.id), [...blobs].reverse(), fileId(pack.file));
        for (const blob of blobs) {
          const entry = { ...blob, pack: packId(pack.id) };
          model.set(textOf(entry), entry);
        }
      }
      const all = [...model.values()];
      assert.equal(index.size, all.length);
      assert.deepEqual(sorted(index.entries()), sorted(all));
      for (let n = 0; n <= 30; n++) {
        for (const type of ["data", "tree"] as const) {
          const expected = all.filter((entry) => entry.type === type && entry.id === blobId(n));
          assert.deepEqual(sorted(index.lookup(type, blobId(n))), sorted(expected));
          assert.equal(index.has(type, blobId(n)), expected.length > 0);
          if (expected.length === 0) assert.equal(index.plaintextLength(type, blobId(n)), undefined);
        }
      }
      assert.deepEqual([...index.packs()].sort(), [...new Set(packs.map((pack) => packId(pack.id)))].sort());
      for (let n = 0; n <= 8; n++) {
        const expected = all.filter((entry) => entry.pack === packId(n));
        assert.equal(
          index.isTreePack(packId(n)),
          expected.some((entry) => entry.type === "tree"),
        );
        assert.deepEqual(
          index.blobsOf(packId(n)).map((blob) => blob.offset),
          expected.map((blob) => blob.offset).sort((a, b) => a - b),
        );
        const inOrder = expected.toSorted((a, b) => a.offset - b.offset);
        const known = packs.some((pack) => pack.id === n);
        if (known && !index.differing.has(packId(n))) assert.deepEqual(index.view.headerOf(fromHex(packId(n))), headerOr(inOrder));
        else if (!known) assert.equal(index.view.headerOf(fromHex(packId(n))), undefined);
        const files = new Set(packs.filter((pack) => pack.id === n).map((pack) => fileId(pack.file)));
        assert.deepEqual([...index.filesOf(packId(n))].sort(), [...files].sort());
      }
    }),
    runs,
  );
});

function sorted(entries: Iterable<BlobLocation>): string[] {
  return [...entries].map(textOf).sort();
}

function textOf(entry: BlobLocation): string {
  return [entry.type, entry.id, entry.pack, entry.offset, entry.length, entry.uncompressedLength].join(" ");
}

test("the same pack in two index files is harmless; listed differently it is remembered as damage", () => {
  const index = new CompactIndex();
  const blobs = contiguous([
    { type: "data", n: 1, length: 100, plain: 0 },
    { type: "data", n: 2, length: 60, plain: 90 },
  ]);
  index.add(packId(1), blobs, fileId(1));
  index.add(packId(1), [...blobs].reverse(), fileId(2));
  assert.equal(index.size, 2);
  assert.equal(index.differing.size, 0);
  assert.deepEqual(index.filesOf(packId(1)), [fileId(1), fileId(2)]);
  index.add(packId(1), contiguous([{ type: "data", n: 3, length: 100, plain: 0 }]), fileId(3));
  assert.deepEqual([...index.differing], [packId(1)]);
  assert.equal(index.lookup("data", blobId(3)).length, 1);
  assert.deepEqual([...index.packs()], [packId(1)]);
});

test("a blob's plaintext length comes from the index alone", () => {
  const index = new CompactIndex();
  index.addPack(
    packId(1),
    contiguous([
      { type: "data", n: 1, length: 132, plain: 0 },
      { type: "tree", n: 1, length: 50, plain: 777 },
    ]),
  );
  assert.equal(index.plaintextLength("data", blobId(1)), 100);
  assert.equal(index.plaintextLength("tree", blobId(1)), 777);
  assert.deepEqual(index.filesOf(packId(1)), []);
  index.addFile(packId(1), fileId(1));
  assert.deepEqual(index.filesOf(packId(1)), [fileId(1)]);
});

test("a blob of a loaded index costs at most 48 bytes, one that is added later hardly more", () => {
  const loaded = new CompactIndex();
  const added = new CompactIndex();
  const columns = new IndexColumns();
  loaded.reserve({ entries: 1 << 18, packs: 1 << 14 });
  for (let pack = 0; pack < 1 << 14; pack++) {
    const blobs = Array.from({ length: 16 }, (_, k) => ({ type: "data" as const, n: pack * 16 + k, length: 1_000_000, plain: 1_500_000 }));
    const listed = contiguous(blobs);
    columns.clear();
    columns.addPack(packId(pack), listed);
    loaded.addAll(columns, fileId(1));
    added.addPack(packId(pack), listed);
  }
  loaded.finish();
  assert.equal(loaded.size, 1 << 18);
  for (const [index, most] of [
    [loaded, 48],
    [added, 50],
  ] as const) {
    const perBlob = index.bytes / index.size;
    assert.ok(perBlob <= most, `${perBlob.toFixed(1)} bytes`);
  }
});

test("a shared index answers in raw ids, and stays as it was when more is added", () => {
  const index = new CompactIndex();
  const count = 3000;
  const add = (pack: number): void => {
    const blobs = Array.from({ length: 10 }, (_, k) => ({
      type: k === 3 ? ("tree" as const) : ("data" as const),
      n: pack * 9 + k,
      length: 40 + k,
      plain: k * 100,
    }));
    index.add(packId(pack), contiguous(blobs), fileId(pack % 3));
  };
  for (let pack = 0; pack < count; pack++) add(pack);
  const handle = structuredClone(index.share());
  const view = IndexView.attach(handle);
  const before = index.size;
  for (let pack = count; pack < 2 * count; pack++) add(pack);
  assert.equal(view.size, before);
  assert.equal(view.packCount, count);
  const even = view.newPackSet();
  for (let pack = 0; pack < count; pack += 2) include(even, pack);
  const seen = new Set<number>();
  const raw = new Uint8Array(40);
  for (let n = 0; n < count * 9 + 1; n++) {
    raw.set(Buffer.from(blobId(n), "hex"), 5);
    for (const type of ["data", "tree"] as const) {
      const copies = index.lookup(type, blobId(n)).filter((copy) => isOld(copy.pack));
      assert.equal(view.has(type, raw, 5), copies.length > 0, `${type} ${n}`);
      const place = view.locate(type, raw, 5);
      assert.equal(place === undefined, copies.length === 0);
      if (place === undefined) continue;
      const copy = copies.find(({ pack }) => pack === view.packIdOf(place.pack))!;
      assert.deepEqual([place.offset, place.length, place.uncompressedLength], [copy.offset, copy.length, copy.uncompressedLength]);
      assert.equal(view.plaintextLength(type, raw, 5), copy.uncompressedLength || copy.length - 32);
      const inEven = copies.some(({ pack }) => oldNumber(pack) % 2 === 0);
      assert.equal(view.has(type, raw, 5, even), inEven);
      assert.equal(view.locate(type, raw, 5, even) !== undefined, inEven);
      seen.add(view.entryOf(type, raw, 5));
    }
  }
  assert.ok([...seen].every((entry) => entry >= 0 && entry < view.size));
  assert.equal(view.has("data", Buffer.from(blobId(count * 18), "hex")), false);
});

const oldPacks = new Map(Array.from({ length: 3000 }, (_, n) => [packId(n), n]));
const oldNumber = (pack: PackId): number => oldPacks.get(pack)!;
const isOld = (pack: PackId): boolean => oldPacks.has(pack);

test("an index of any size takes more packs", () => {
  const index = new CompactIndex();
  const many = contiguous(Array.from({ length: 16_387 }, (_, n) => ({ type: "data", n, length: 33, plain: 0 })));
  index.add(packId(1), many, fileId(1));
  index.add(packId(2), contiguous([{ type: "data", n: 20_000, length: 33, plain: 0 }]), fileId(2));
  assert.equal(index.size, 16_388);
  assert.equal(index.lookup("data", blobId(20_000))[0]?.pack, packId(2));
});
