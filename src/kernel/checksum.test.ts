import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import type { Bytes } from "../base/bytes.ts";
import { type Checksum, nativeChecksum } from "./checksum.ts";

function suite(name: string, checksum: ((bytes: Bytes) => Checksum) | undefined): void {
  test(`${name}: any flipped bit shows, and where the bytes lie does not`, { skip: checksum === undefined }, () => {
    if (checksum === undefined) return;
    for (const length of [0, 1, 31, 32, 33, 1000, 100_000]) {
      const bytes = new Uint8Array(new SharedArrayBuffer(length + 5)).subarray(5);
      bytes.set(randomBytes(length));
      const sum = checksum(bytes);
      assert.equal(checksum(Uint8Array.from(bytes)), sum);
      for (let bit = 0; bit < length * 8; bit += length > 1000 ? 7919 : 1) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        assert.notEqual(checksum(bytes), sum, `bit ${bit} of ${length} bytes`);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
  });
}

suite("XXH64", nativeChecksum);
suite("CRC-32", crc32);

test("XXH64 of nothing is as its specification has it", { skip: nativeChecksum === undefined }, () => {
  assert.equal(nativeChecksum?.(new Uint8Array(0)), 0xef46db3751d8e999n);
});
