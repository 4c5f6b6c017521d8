import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { toHex } from "../base/bytes.ts";
import { Sha256, SHA256_LENGTH, sha256Hex, sha256Into } from "./hash.ts";

/** FIPS 180-4's example "abc". */
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

test("the published digest, as text and as bytes at a place in shared memory", () => {
  assert.equal(sha256Hex(Buffer.from("abc")), ABC);
  const memory = new Uint8Array(new SharedArrayBuffer(3 + SHA256_LENGTH + 3));
  sha256Into(Buffer.from("abc"), memory.subarray(3));
  assert.equal(toHex(memory), `000000${ABC}000000`);
});

test("any bytes, in shared memory or not, in one go or in pieces", () => {
  const running = new Sha256();
  const found = Buffer.alloc(SHA256_LENGTH);
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1000, 300_000]) {
    const bytes = new Uint8Array(new SharedArrayBuffer(length + 1)).subarray(1);
    bytes.set(randomBytes(length));
    const expected = createHash("sha256").update(bytes).digest("hex");
    sha256Into(bytes, found);
    assert.equal(toHex(found), expected, `${length} bytes`);
    running.update(bytes.subarray(0, length >> 1));
    running.update(bytes.subarray(length >> 1));
    running.digestInto(found);
    assert.equal(toHex(found), expected, `${length} bytes in pieces, after another digest`);
  }
});

test("a running digest forgets on demand", () => {
  const running = new Sha256();
  running.update(Buffer.from("something else"));
  running.reset();
  running.update(Buffer.from("abc"));
  const found = Buffer.alloc(SHA256_LENGTH);
  running.digestInto(found);
  assert.equal(toHex(found), ABC);
});
