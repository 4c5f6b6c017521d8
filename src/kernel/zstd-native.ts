import { createRequire } from "node:module";
import type { Bytes } from "../base/bytes.ts";
import { SCRATCH_MAX } from "../base/limits.ts";

// The zstd library inside the Node executable, called directly with contexts that are kept. node:zlib builds and tears down a
// context on every synchronous call; for a blob of 500 bytes that is most of the time: 66 µs against 10 µs to compress, 47 µs against
// 4 µs to decompress (Node 26.10, a busy core), and a backup of small files makes both calls for each of them.
// node:ffi is experimental and a build of Node may hide these symbols: then there is nothing here and node:zlib does the work.

const SIGNATURES = {
  ZSTD_createCCtx: { arguments: [], return: "pointer" },
  ZSTD_CCtx_setParameter: { arguments: ["pointer", "i32", "i32"], return: "u64" },
  ZSTD_compressBound: { arguments: ["u64"], return: "u64" },
  ZSTD_compress2: { arguments: ["pointer", "buffer", "u64", "buffer", "u64"], return: "u64" },
  ZSTD_createDCtx: { arguments: [], return: "pointer" },
  ZSTD_decompressDCtx: { arguments: ["pointer", "buffer", "u64", "buffer", "u64"], return: "u64" },
  ZSTD_isError: { arguments: ["u64"], return: "u32" },
} as const;

/** ZSTD_cParameter; part of the library's stable interface. */
const COMPRESSION_LEVEL = 100;
const SCRATCH_FIRST = 256 * 1024;

/** own: memory of its own. brief: good until the next call only, and costs no memory. */
export type Life = "own" | "brief";

export interface NativeZstd {
  /** One frame with content size, without checksum; undefined when the library refuses. A brief result is valid until the next call. */
  compress(bytes: Bytes, level: number, life: Life): Bytes | undefined;
  /** Whole frames holding at most `maxLength` bytes; undefined when they hold more or are damaged. A brief result is valid until the next call. */
  decompress(bytes: Bytes, maxLength: number, life: Life): Bytes | undefined;
}

export const nativeZstd: NativeZstd | undefined = bind();

function bind(): NativeZstd | undefined {
  try {
    const ffi: typeof import("node:ffi") = createRequire(import.meta.url)("node:ffi");
    return wrap(ffi.dlopen(null, SIGNATURES).functions);
  } catch {
    return undefined;
  }
}

type Functions = ReturnType<typeof import("node:ffi").dlopen<typeof SIGNATURES>>["functions"];

function wrap(zstd: Functions): NativeZstd | undefined {
  const compressor = zstd.ZSTD_createCCtx();
  const decompressor = zstd.ZSTD_createDCtx();
  if (compressor === 0n || decompressor === 0n) return undefined;
  let levelSet = Number.NaN;
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_FIRST);

  /** Valid until the next call; results are copied out of it. */
  function room(length: number): Buffer {
    if (length <= scratch.length) return scratch;
    if (length > SCRATCH_MAX) return Buffer.allocUnsafeSlow(length);
    scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_MAX, Math.max(length, scratch.length * 2)));
    return scratch;
  }

  function take(from: Buffer, result: bigint, life: Life): Bytes | undefined {
    if (zstd.ZSTD_isError(result) !== 0) return undefined;
    return life === "brief" ? from.subarray(0, Number(result)) : Uint8Array.prototype.slice.call(from, 0, Number(result));
  }

  return {
    compress: (bytes, level, life) => {
      if (level !== levelSet) {
        zstd.ZSTD_CCtx_setParameter(compressor, COMPRESSION_LEVEL, level);
        levelSet = level;
      }
      const target = room(Number(zstd.ZSTD_compressBound(BigInt(bytes.length))));
      return take(target, zstd.ZSTD_compress2(compressor, target, BigInt(target.length), bytes, BigInt(bytes.length)), life);
    },
    decompress: (bytes, maxLength, life) => {
      const target = room(maxLength);
      return take(target, zstd.ZSTD_decompressDCtx(decompressor, target, BigInt(maxLength), bytes, BigInt(bytes.length)), life);
    },
  };
}
