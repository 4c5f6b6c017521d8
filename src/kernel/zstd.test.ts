import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Bytes, fromHex } from "../base/bytes.ts";
import { compress, compressedMax, compressInto, decompress, decompressInto, ZstdError } from "./zstd.ts";
import { nativeZstd } from "./zstd-native.ts";
import { compressByNode, decompressByNode } from "./zstd-node.ts";
import { rawFrameInto, rawFrameMax } from "./zstd-raw.ts";
import { settingOf } from "./zstd-setting.ts";

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

test("into a given place in shared memory, and no further", () => {
  for (const plain of [TEXT, randomBytes(5000), randomBytes(200_000), Buffer.alloc(0), Buffer.from("x")]) {
    const memory = new Uint8Array(new SharedArrayBuffer(compressedMax(plain.length) + plain.length + 20)).fill(7);
    const frame = memory.subarray(3, 3 + compressedMax(plain.length));
    const length = compressInto(plain, frame, "auto");
    assert.deepEqual(
      memory.subarray(3 + compressedMax(plain.length)).find((byte) => byte !== 7),
      undefined,
    );
    const place = memory.subarray(frame.length + 8, frame.length + 8 + plain.length);
    assert.equal(decompressInto(frame.subarray(0, length), place), plain.length);
    assert.ok(plain.equals(place), `${plain.length} bytes`);
    assert.equal(memory.at(-1), 7);
    assert.throws(() => compressInto(plain, frame.subarray(1), "auto"), RangeError);
  }
});

test("more than the place holds is refused", () => {
  assert.throws(() => decompressInto(compress(TEXT, "auto"), Buffer.alloc(TEXT.length - 1)), ZstdError);
  assert.equal(decompressInto(compress(TEXT, "auto"), Buffer.alloc(TEXT.length + 1)), TEXT.length);
});

test("raw frames are read back by zstd, at every border of the format", () => {
  for (const length of [0, 1, 255, 256, 65_791, 65_792, 131_071, 131_072, 131_073, 262_144, (8 << 20) - 1, 8 << 20, (8 << 20) + 1]) {
    const plain = randomBytes(length);
    const room = new Uint8Array(rawFrameMax(length));
    const frame = room.subarray(0, rawFrameInto(plain, room));
    assert.ok(plain.equals(decompressByNode(frame, length)), `${length} bytes`);
    assert.equal((frame[4]! & 0b100000) === 0, length > 8 << 20, "beyond 8 MiB the window is stated");
  }
});

interface Implementation {
  compress(bytes: Bytes, setting: ReturnType<typeof settingOf>): Bytes;
  /** Undefined or a ZstdError when it does not fit or is damaged. */
  decompress(bytes: Bytes, maxLength: number): Bytes | undefined;
}

const byNode: Implementation = { compress: compressByNode, decompress: decompressByNode };
const byNative: Implementation | undefined = nativeZstd && {
  compress: (bytes, setting) => {
    const room = Buffer.alloc(compressedMax(bytes.length) + 1000);
    return room.subarray(0, nativeZstd!.compressInto(bytes, room, setting));
  },
  decompress: (bytes, maxLength) => {
    const room = Buffer.alloc(maxLength);
    const length = nativeZstd!.decompressInto(bytes, room);
    return length === undefined ? undefined : room.subarray(0, length);
  },
};

function suite(name: string, zstd: Implementation | undefined): void {
  test(`${name}: gives back what went in, and node:zlib reads it`, { skip: zstd === undefined }, () => {
    for (const level of ["fastest", "auto", "better"] as const) {
      for (const plain of [TEXT, Buffer.from("x"), randomBytes(70_000), Buffer.alloc(3_000_000, "abc")]) {
        const setting = settingOf(level, plain.length);
        const frame = zstd!.compress(plain, setting);
        assert.equal(frame[4]! & 0b100, 0, "no checksum");
        assert.ok(plain.equals(decompressByNode(frame, plain.length)), `${level}, ${plain.length} bytes`);
        assert.ok(plain.equals(zstd!.decompress(frame, plain.length)!));
      }
    }
  });

  test(`${name}: damage and too little room are noticed`, { skip: zstd === undefined }, () => {
    const frame = zstd!.compress(TEXT, settingOf("auto", TEXT.length));
    const refused = (bytes: Bytes, maxLength: number): boolean => {
      try {
        return zstd!.decompress(bytes, maxLength) === undefined;
      } catch (error) {
        return error instanceof ZstdError;
      }
    };
    for (let length = 1; length < frame.length; length++) assert.ok(refused(frame.subarray(0, length), TEXT.length), `${length} bytes`);
    assert.ok(refused(frame, TEXT.length - 1));
    assert.ok(refused(Buffer.concat([frame, Buffer.alloc(20, 7)]), TEXT.length));
    assert.ok(!refused(frame, TEXT.length), "and works after all that");
  });
}

suite("node:zlib", byNode);
suite("zstd called directly", byNative);
