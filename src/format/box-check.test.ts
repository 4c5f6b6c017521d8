import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { CorruptError } from "../base/error.ts";
import { IV_LENGTH, sealBox, sealInto } from "../kernel/box.ts";
import { checksum } from "../kernel/checksum.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import { encodeBlob, encodeBlobInto, payloadMax } from "./blob-codec.ts";
import { checkBox } from "./box-check.ts";

const KEY: MasterKey = { encrypt: Buffer.alloc(32, 0x11), macK: Buffer.alloc(16, 0x22), macR: Buffer.alloc(16, 0x33) };
const TEXT = Buffer.from("text ".repeat(100));
const name = (): string => "blob abc";

test("what was sealed well passes, compressed or not, of any size", () => {
  for (const plaintext of [TEXT, Buffer.alloc(0), randomBytes(300_000), Buffer.alloc(12 << 20)]) {
    for (const version of [1, 2] as const) {
      const { payload, uncompressedLength } = encodeBlob(version, "auto", "data", plaintext);
      checkBox(KEY, sealBox(KEY, payload, randomBytes(16)), uncompressedLength, checksum(plaintext), name);
    }
  }
});

test("a blob written in place in shared memory passes", () => {
  const pack = new Uint8Array(new SharedArrayBuffer(payloadMax(TEXT.length) + 100));
  const room = pack.subarray(7 + IV_LENGTH);
  const { payload, uncompressed } = encodeBlobInto(2, "auto", "data", TEXT, room);
  assert.equal(uncompressed, TEXT.length);
  const box = pack.subarray(7, 7 + payload + 32);
  sealInto(KEY, randomBytes(16), room.subarray(0, payload), box);
  checkBox(KEY, box, uncompressed, checksum(TEXT), name);
});

test("a flipped bit is noticed wherever it fell: box, payload, or plaintext after its checksum", () => {
  const sum = checksum(TEXT);
  const { payload, uncompressedLength } = encodeBlob(2, "auto", "data", TEXT);
  const seal = (bytes: Uint8Array): Buffer => Buffer.from(sealBox(KEY, bytes, randomBytes(16)));
  const box = seal(payload);
  for (let at = 0; at < box.length; at++) {
    const damaged = Buffer.from(box);
    damaged[at]! ^= 4;
    assert.throws(() => checkBox(KEY, damaged, uncompressedLength, sum, name), CorruptError, `byte ${at} of the box`);
  }
  for (let at = 0; at < payload.length; at++) {
    const damaged = Buffer.from(payload);
    damaged[at]! ^= 4;
    assert.throws(() => checkBox(KEY, seal(damaged), uncompressedLength, sum, name), CorruptError, `byte ${at} of the payload`);
  }
  for (let at = 0; at < TEXT.length; at += 13) {
    const damaged = Buffer.from(TEXT);
    damaged[at]! ^= 4;
    const sealed = seal(encodeBlob(2, "auto", "data", damaged).payload);
    assert.throws(() => checkBox(KEY, sealed, damaged.length, sum, name), /what was just sealed opens to something else/);
  }
  assert.throws(() => checkBox(KEY, box, uncompressedLength + 1, sum, name), CorruptError);
});
