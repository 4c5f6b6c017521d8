import assert from "node:assert/strict";
import { test } from "node:test";
import { asId, type BlobId } from "../../base/id.ts";
import { CompactIndex } from "./blob-index.ts";
import { BlobSet } from "./blob-set.ts";

const blobId = (n: number): BlobId => asId<"blob">(n.toString(16).padStart(64, "0"));
const raw = (n: number): Buffer => Buffer.from(blobId(n), "hex");

test("a set of blobs: by type, each once whatever the copies, and none that the index lacks", () => {
  const index = new CompactIndex();
  for (const pack of [1, 2]) {
    const blobs = Array.from({ length: 70 }, (_, n) => ({
      type: n % 7 === 0 ? ("tree" as const) : ("data" as const),
      id: blobId(n),
      offset: n * 40,
      length: 40,
      uncompressedLength: 0,
    }));
    index.addPack(asId<"pack">(blobId(1000 + pack)), blobs);
  }
  const set = new BlobSet(index.view);
  assert.equal(index.copies("data", blobId(69)), 2);
  assert.equal(index.copies("tree", blobId(69)), 0);
  assert.equal(set.has("data", blobId(69)), false);
  assert.equal(set.add("data", raw(69)), "added");
  assert.equal(set.add("data", Buffer.concat([raw(0), raw(69)]), 32), "known");
  assert.equal(set.add("tree", raw(69)), "unknown");
  assert.equal(set.add("data", raw(70)), "unknown");
  assert.equal(set.add("tree", raw(7)), "added");
  assert.deepEqual([set.has("data", blobId(69)), set.has("tree", blobId(69)), set.has("tree", blobId(7))], [true, false, true]);
  assert.equal(set.has("data", "no id"), false);
  index.addPack(asId<"pack">(blobId(2000)), [{ type: "data", id: blobId(500), offset: 0, length: 40, uncompressedLength: 0 }]);
  assert.equal(set.has("data", blobId(500)), false);
  assert.deepEqual([[...set.of("data")], [...set.of("tree")]], [[blobId(69)], [blobId(7)]]);
});
