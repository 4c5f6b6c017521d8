import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, zstdCompressSync } from "node:zlib";
import { contentSizeOf } from "./zstd-frame.ts";

test("a frame says how much it holds, in each of the four ways", () => {
  for (const length of [0, 1, 255, 256, 257, 65_791, 65_792, 3_000_000]) {
    const plain = Buffer.alloc(length, "ab");
    assert.equal(contentSizeOf(zstdCompressSync(plain, { pledgedSrcSize: length })), length);
  }
  const huge = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0, 1, 0, 0, 0, 1, 0, 0, 0, 9]);
  assert.equal(contentSizeOf(huge), 2 ** 32 + 1);
});

test("what does not say, or is no frame, is unknown", () => {
  const silent = zstdCompressSync(Buffer.alloc(1000), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
  assert.equal(contentSizeOf(silent), undefined);
  assert.equal(contentSizeOf(Buffer.from("plain text, no frame")), undefined);
  const whole = zstdCompressSync(Buffer.alloc(70_000), { pledgedSrcSize: 70_000 });
  for (let cut = 0; cut < 6; cut++) assert.equal(contentSizeOf(whole.subarray(0, cut)), undefined);
});
