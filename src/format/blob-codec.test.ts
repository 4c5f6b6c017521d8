import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ZstdError } from "../kernel/zstd.ts";
import { decodeBlob, encodeBlob } from "./blob-codec.ts";

const DATA = Buffer.from("text ".repeat(100));

test("which blobs are compressed", () => {
  for (const [version, compression, type, data, compressed] of [
    [1, "auto", "data", DATA, false],
    [1, "max", "tree", DATA, false],
    [2, "auto", "data", DATA, true],
    [2, "off", "data", DATA, false],
    [2, "off", "tree", DATA, true],
    [2, "auto", "data", randomBytes(1000), true],
    [2, "auto", "data", Buffer.alloc(0), false],
  ] as const) {
    const { payload, uncompressedLength } = encodeBlob(version, compression, type, data);
    assert.equal(uncompressedLength, compressed ? data.length : 0);
    assert.deepEqual(Buffer.from(decodeBlob(payload, uncompressedLength)), Buffer.from(data));
  }
});

test("a length that does not fit is refused", () => {
  const { payload } = encodeBlob(2, "auto", "data", DATA);
  assert.throws(() => decodeBlob(payload, DATA.length + 1), ZstdError);
  assert.throws(() => decodeBlob(payload, DATA.length - 1), ZstdError);
  assert.throws(() => decodeBlob(DATA, DATA.length), ZstdError);
});
