import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertValidKey, BOX_OVERHEAD, BoxError, IV_LENGTH, openBox, openInto, sealBox, sealInto } from "./box.ts";
import type { MasterKey } from "./master-key.ts";

const runs = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 100 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

const KEY: MasterKey = {
  encrypt: Buffer.alloc(32, 0x11),
  macK: Buffer.alloc(16, 0x22),
  macR: Buffer.alloc(16, 0x33),
};
const IV = Buffer.alloc(16, 0x44);

test("what is sealed opens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
      const box = sealBox(KEY, plaintext, IV);
      assert.equal(box.length, plaintext.length + BOX_OVERHEAD);
      assert.deepEqual(Uint8Array.from(openBox(KEY, box)), plaintext);
    }),
    runs,
  );
});

test("sealing and opening in place, in shared memory, is the same as elsewhere", () => {
  for (const length of [0, 1, 15, 16, 1000, 300_000]) {
    const plaintext = Buffer.alloc(length, "what was written");
    const shared = new Uint8Array(new SharedArrayBuffer(length + BOX_OVERHEAD + 20)).subarray(7);
    shared.set(plaintext, IV_LENGTH);
    const box = shared.subarray(0, length + BOX_OVERHEAD);
    const content = shared.subarray(IV_LENGTH, IV_LENGTH + length);
    sealInto(KEY, IV, content, shared);
    assert.ok(Buffer.from(box).equals(sealBox(KEY, plaintext, IV)), `${length} bytes`);
    assert.ok(
      shared.subarray(length + BOX_OVERHEAD).every((byte) => byte === 0),
      "nothing behind the box",
    );
    assert.equal(openInto(KEY, box, content), length);
    assert.ok(Buffer.from(content).equals(plaintext));
  }
});

test("a room that is too small is refused before anything is written", () => {
  const box = sealBox(KEY, Buffer.from("12345"), IV);
  const room = Buffer.alloc(4);
  assert.throws(() => openInto(KEY, box, room), RangeError);
  assert.throws(() => sealInto(KEY, IV, Buffer.from("12345"), room), RangeError);
  assert.deepEqual(room, Buffer.alloc(4));
});

test("any flipped bit, any cut and any other key is noticed", () => {
  const box = Buffer.from(sealBox(KEY, Buffer.from("plain text"), IV));
  for (let bit = 0; bit < box.length * 8; bit++) {
    const damaged = Buffer.from(box);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => openBox(KEY, damaged), BoxError, `bit ${bit}`);
  }
  for (let length = 0; length < box.length; length++) assert.throws(() => openBox(KEY, box.subarray(0, length)), BoxError);
  assert.throws(() => openBox({ ...KEY, macK: Buffer.alloc(16, 1) }, box), BoxError);
  assert.throws(() => openBox({ ...KEY, macR: Buffer.alloc(16, 1) }, box), BoxError);
});

test("a zero IV is refused both ways, and keys with a zero part", () => {
  assert.throws(() => sealBox(KEY, Buffer.from("x"), Buffer.alloc(16)), BoxError);
  const box = Buffer.from(sealBox(KEY, Buffer.from("x"), IV));
  box.fill(0, 0, 16);
  assert.throws(() => openBox(KEY, box), /IV of a box is zero/);
  assertValidKey(KEY);
  assert.throws(() => assertValidKey({ ...KEY, macR: Buffer.alloc(16) }), /mac\.r/);
  assert.throws(() => assertValidKey({ ...KEY, encrypt: Buffer.alloc(16, 1) }), /encrypt/);
});
