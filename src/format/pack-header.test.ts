import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CorruptError } from "../base/error.ts";
import { PACK_HEADER_MAX } from "../base/limits.ts";
import type { PackedBlob } from "./blob.ts";
import { boxLengthAt, idAt, isMixed, nextEntry, packSizeWith, uncompressedLengthAt } from "./header-entries.ts";
import { decodeHeader, encodeHeader, encodeTrailer, headerEntryLength, packSizeOf, parseTrailer } from "./pack-header.ts";
import { arbitraryId, RUNS } from "./testing.ts";

const arbitraryBlobs = fc
  .array(
    fc.record({
      type: fc.constantFrom("data" as const, "tree" as const),
      id: arbitraryId,
      length: fc.integer({ min: 32, max: 1 << 24 }),
      uncompressedLength: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 0xffff_ffff })),
    }),
    { maxLength: 8 },
  )
  .map((blobs) => placed(blobs));

function placed(blobs: readonly Omit<PackedBlob, "offset">[]): PackedBlob[] {
  let offset = 0;
  return blobs.map((blob) => {
    const at = offset;
    offset += blob.length;
    return { ...blob, offset: at };
  });
}

const ID = "0123456789abcdef".repeat(4) as PackedBlob["id"];
const TWO = placed([
  { type: "tree", id: ID, length: 100, uncompressedLength: 0 },
  { type: "data", id: ID, length: 0x01020304, uncompressedLength: 0x0a0b0c0d },
]);

test("entries byte by byte", () => {
  assert.equal(Buffer.from(encodeHeader(TWO)).toString("hex"), `0164000000${ID}02040302010d0c0b0a${ID}`);
  assert.equal(packSizeOf(TWO), 36 + 100 + 0x01020304 + 37 + 41);
  assert.equal(headerEntryLength(true), 41);
  assert.equal(headerEntryLength(false), 37);
});

test("any header comes back", () => {
  fc.assert(
    fc.property(arbitraryBlobs, (blobs) => {
      const decoded = decodeHeader(encodeHeader(blobs));
      assert.equal(
        JSON.stringify(decoded),
        JSON.stringify(blobs.map(({ type, id, offset, length, uncompressedLength }) => ({ type, id, offset, length, uncompressedLength }))),
      );
    }),
    RUNS,
  );
});

test("a header says the same where it lies", () => {
  fc.assert(
    fc.property(arbitraryBlobs, (blobs) => {
      const header = encodeHeader(blobs);
      const found: Omit<PackedBlob, "type" | "offset">[] = [];
      for (let entry = 0; entry < header.length; entry = nextEntry(header, entry)) {
        const id = Buffer.from(idAt(header, entry)).toString("hex") as PackedBlob["id"];
        found.push({ id, length: boxLengthAt(header, entry), uncompressedLength: uncompressedLengthAt(header, entry) });
      }
      assert.deepEqual(
        found,
        blobs.map(({ id, length, uncompressedLength }) => ({ id, length, uncompressedLength })),
      );
      assert.equal(packSizeWith(header), packSizeOf(blobs));
      assert.equal(isMixed(header), new Set(blobs.map(({ type }) => type)).size === 2);
    }),
    RUNS,
  );
});

test("a header that is cut off, of unknown types, or not legal in version 1 is refused", () => {
  const header = Buffer.from(encodeHeader(TWO));
  for (let length = 1; length < header.length; length++) {
    if (length !== 37) assert.throws(() => decodeHeader(header.subarray(0, length)), CorruptError, String(length));
  }
  assert.throws(() => decodeHeader(header, 1, "data/ab/x"), /^CorruptError: data\/ab\/x at offset 37: compressed blob/);
  header[0] = 4;
  assert.throws(() => decodeHeader(header), /unknown blob type 4/);
  header[0] = 0;
  header.writeUInt32LE(31, 1);
  assert.throws(() => decodeHeader(header), /shorter than an empty box/);
});

test("gaps and packs of 4 GiB are never written", () => {
  assert.throws(() => encodeHeader([{ ...TWO[0]!, offset: 1 }]), /lies at 1/);
  const huge = placed([
    { type: "data", id: ID, length: 0xffff_ffff, uncompressedLength: 0 },
    { type: "data", id: ID, length: 32, uncompressedLength: 0 },
  ]);
  assert.throws(() => encodeHeader(huge), /4 GiB/);
});

test("the trailer's length must fit the pack", () => {
  assert.equal(parseTrailer(encodeTrailer(69), 73), 69);
  for (const [length, size, message] of [
    [0, 1000, /too small/],
    [31, 1000, /too small/],
    [68, 1000, /too small/],
    [997, 1000, /larger than the pack/],
    [PACK_HEADER_MAX + 1, PACK_HEADER_MAX * 2, /above the limit/],
    [69, 72, /too short/],
  ] as const) {
    assert.throws(() => parseTrailer(encodeTrailer(length), size), message);
  }
});
