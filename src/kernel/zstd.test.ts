import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fromHex } from "../base/bytes.ts";
import { compress, decompress, ZstdError } from "./zstd.ts";

const TEXT = Buffer.from("what is current stays at hand, what only history needs goes to the ice. ".repeat(200));

test("every level gives back what went in", () => {
  for (const level of ["fastest", "auto", "better", "max"] as const) {
    for (const data of [TEXT, Buffer.from("x"), randomBytes(100_000), Buffer.alloc(3_000_000)]) {
      assert.ok(Buffer.from(data).equals(decompress(compress(data, level), data.length)), level);
    }
  }
});

test("frames carry no checksum and keep to a window of 8 MiB", () => {
  const frame = compress(Buffer.alloc(20_000_000, "abcdefg"), "max");
  const descriptor = frame[4]!;
  assert.equal(descriptor & 0b100, 0, "no checksum");
  assert.equal(descriptor & 0b100000, 0, "not a single segment of 20 MB");
  assert.ok(10 + (frame[5]! >> 3) <= 23, "window");
});

test("reads frames without content size and concatenated frames", () => {
  // Written by hand from RFC 8878: window 1 KiB, one last raw block "abc".
  const sizeless = fromHex("28b52ffd0000190000616263");
  assert.equal(Buffer.from(decompress(sizeless, 100)).toString(), "abc");
  const two = Buffer.concat([sizeless, compress(Buffer.from("def"), "auto")]);
  assert.equal(Buffer.from(decompress(two, 6)).toString(), "abcdef");
});

test("truncation, garbage, trailing bytes and too much output are refused", () => {
  const frame = compress(TEXT, "auto");
  for (let length = 0; length < frame.length; length++) assert.throws(() => decompress(frame.subarray(0, length), TEXT.length), ZstdError);
  assert.throws(() => decompress(Buffer.alloc(50, 7), 1000), ZstdError);
  assert.throws(() => decompress(Buffer.concat([frame, Buffer.alloc(20, 7)]), TEXT.length), /after the compressed data/);
  assert.throws(() => decompress(frame, TEXT.length - 1), /more than/);
  assert.throws(() => decompress(compress(Buffer.from("a"), "auto"), 0), /more than 0/);
});
