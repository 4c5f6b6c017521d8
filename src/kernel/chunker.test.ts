import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Chunker, CHUNK_MAX, CHUNK_MIN } from "./chunker.ts";
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
