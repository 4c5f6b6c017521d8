import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Chunker, CHUNKER_CAPACITY_MIN, chunkerMemory, CHUNK_MAX, CHUNK_MIN } from "./chunker.ts";
import { slowChunkLengths } from "./rabin/reference.ts";

const POLYNOMIAL = 0x3da3358b4dc173n;

function chunk(chunker: Chunker, data: Uint8Array, step: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  chunker.reset();
  let at = 0;
  while (at < data.length) {
    const space = chunker.space();
    assert.ok(space.length > 0);
    const length = Math.min(space.length, step, data.length - at);
    space.set(data.subarray(at, at + length));
    chunker.commit(length);
    at += length;
    for (let found = chunker.next(); found; found = chunker.next()) chunks.push(found.slice());
  }
  for (let found = chunker.next(true); found; found = chunker.next(true)) chunks.push(found.slice());
  return chunks;
}

function noise(length: number): Uint8Array {
  const hash = createHash("shake256", { outputLength: length });
  return hash.update("firnline chunker").digest();
}

test("cuts random data as the reference does, however the bytes arrive", () => {
  const data = noise(4 * 1024 * 1024);
  const wanted = slowChunkLengths(data, POLYNOMIAL, { min: CHUNK_MIN, max: CHUNK_MAX, mask: (1n << 20n) - 1n });
  assert.ok(wanted.length > 1, "the sample has a cut");
  const chunker = new Chunker(POLYNOMIAL);
  for (const step of [70_001, 1 << 20, 1 << 30]) {
    const chunks = chunk(chunker, data, step);
    assert.deepEqual(
      chunks.map((c) => c.length),
      wanted,
    );
    assert.ok(Buffer.concat(chunks).equals(data));
  }
});

test("zeros are cut at the smallest size, into restic's well-known blob", () => {
  const chunks = chunk(new Chunker(POLYNOMIAL), new Uint8Array(3 * CHUNK_MIN + 5), 300_000);
  assert.deepEqual(
    chunks.map((c) => c.length),
    [CHUNK_MIN, CHUNK_MIN, CHUNK_MIN, 5],
  );
  // restic-format §8
  assert.equal(createHash("sha256").update(chunks[0]!).digest("hex"), "07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541");
});

test("a constant that is not zero is cut at the largest size, and memory moves on", () => {
  const chunks = chunk(new Chunker(POLYNOMIAL), new Uint8Array(3 * CHUNK_MAX + 1).fill(7), 1 << 22);
  assert.deepEqual(
    chunks.map((c) => c.length),
    [CHUNK_MAX, CHUNK_MAX, CHUNK_MAX, 1],
  );
  assert.ok(chunks.every((c) => c.every((b) => b === 7)));
});

test("sizes around the limits", () => {
  const chunker = new Chunker(POLYNOMIAL);
  for (const size of [0, 1, 63, 64, 65, CHUNK_MIN - 1, CHUNK_MIN]) {
    assert.deepEqual(
      chunk(chunker, new Uint8Array(size).fill(7), 1 << 20).map((c) => c.length),
      size === 0 ? [] : [size],
    );
  }
  assert.deepEqual(
    chunk(chunker, new Uint8Array(CHUNK_MIN + 1).fill(7), 1 << 20).map((c) => c.length),
    [CHUNK_MIN + 1],
  );
  assert.deepEqual(
    chunk(chunker, new Uint8Array(CHUNK_MAX + 1).fill(7), 1 << 20).map((c) => c.length),
    [CHUNK_MAX, 1],
  );
});

test("kept chunks stay as they are, in whatever order they are released, and the cuts are the same", () => {
  const data = noise(40 * 1024 * 1024);
  const files = [data.subarray(0, 1 << 20), data];
  const wanted = files.flatMap((file) => chunk(new Chunker(POLYNOMIAL), file, 1 << 22)).map((c) => c.length);
  for (const [capacity, pick] of [
    [CHUNKER_CAPACITY_MIN, (n: number) => n - 1],
    [CHUNKER_CAPACITY_MIN + 1, () => 0],
    [CHUNKER_CAPACITY_MIN + 3 * CHUNK_MAX, (n: number) => n >> 1],
  ] as const) {
    const chunker = new Chunker(POLYNOMIAL, { capacity });
    const kept: { bytes: Uint8Array; copy: Uint8Array }[] = [];
    const lengths: number[] = [];
    let atOnce = 0;
    const take = (final: boolean): void => {
      for (let bytes = chunker.next(final); bytes; bytes = chunker.next(final)) {
        lengths.push(bytes.length);
        // One in five is worked on at once and not kept.
        if (lengths.length % 5 === 0) continue;
        chunker.keep(bytes);
        kept.push({ bytes, copy: bytes.slice() });
      }
    };
    // Two files: the first one's last chunks are still kept when the second begins.
    for (const part of files) {
      for (let at = 0; at < part.length;) {
        const space = chunker.space();
        if (space.length === 0) {
          assert.ok(kept.length > 0, "without kept chunks there is room");
          const [one] = kept.splice(pick(kept.length), 1);
          assert.ok(Buffer.compare(one!.bytes, one!.copy) === 0, "a kept chunk was overwritten");
          chunker.release(one!.bytes);
          continue;
        }
        const length = Math.min(space.length, 700_001, part.length - at);
        space.set(part.subarray(at, at + length));
        chunker.commit(length);
        at += length;
        take(false);
        atOnce = Math.max(atOnce, kept.length);
      }
      take(true);
      chunker.reset();
    }
    assert.deepEqual(lengths, wanted);
    assert.ok(atOnce >= 3, "several are kept at once");
    for (const { bytes, copy } of kept) assert.ok(Buffer.compare(bytes, copy) === 0);
  }
});

test("a chunk may end exactly where the oldest kept one begins: nothing is overwritten", () => {
  const chunker = new Chunker(POLYNOMIAL, { capacity: 2 * CHUNK_MAX });
  // No cut is found in bytes that are all the same, so that chunks have the largest size.
  const fill = (value: number): Uint8Array => {
    for (let left = CHUNK_MAX; left > 0;) {
      const piece = chunker.space().subarray(0, left);
      assert.ok(piece.length > 0);
      piece.fill(value);
      chunker.commit(piece.length);
      left -= piece.length;
    }
    const bytes = chunker.next()!;
    assert.equal(bytes.length, CHUNK_MAX);
    chunker.keep(bytes);
    return bytes;
  };
  const first = fill(7);
  const second = fill(8);
  assert.equal(chunker.space().length, 0);
  chunker.release(first);
  const third = fill(9);
  assert.equal(chunker.space().length, 0, "the ring is full");
  chunker.release(second);
  const fourth = fill(10);
  assert.ok(third.every((byte) => byte === 9) && fourth.every((byte) => byte === 10));
});

test("another owner's memory is used and seen by others", () => {
  const memory = chunkerMemory();
  const chunker = new Chunker(POLYNOMIAL, { memory });
  assert.equal(chunker.memory, memory.buffer);
  assert.ok(chunker.memory instanceof SharedArrayBuffer);
  chunker.space().set([1, 2, 3]);
  chunker.commit(3);
  const bytes = chunker.next(true)!;
  const other = structuredClone({ buffer: chunker.memory, offset: bytes.byteOffset, length: bytes.length });
  assert.deepEqual(new Uint8Array(other.buffer, other.offset, other.length), new Uint8Array([1, 2, 3]));
});

test("what is not kept cannot be released, and nothing is kept twice", () => {
  const chunker = new Chunker(POLYNOMIAL);
  chunker.commit(10);
  const bytes = chunker.next(true)!;
  assert.throws(() => chunker.release(bytes), RangeError);
  chunker.keep(bytes);
  assert.throws(() => chunker.keep(bytes), RangeError);
  chunker.release(bytes);
  assert.throws(() => chunker.release(bytes), RangeError);
  assert.throws(() => chunker.commit(CHUNKER_CAPACITY_MIN), RangeError);
  assert.throws(() => new Chunker(POLYNOMIAL, { capacity: CHUNK_MAX }), RangeError);
});
