import { createRequire } from "node:module";
import type { Bytes } from "../base/bytes.ts";

// The zstd library inside the Node executable, called directly with contexts that are kept. node:zlib builds and tears down a
// context on every synchronous call; for a blob of 500 bytes that is most of the time: 66 µs against 10 µs to compress, 47 µs against
// 4 µs to decompress (Node 26.10, a busy core), and a backup of small files makes both calls for each of them.
// node:ffi is experimental and a build of Node may hide these symbols: then there is nothing here and node:zlib does the work.

const SIGNATURES = {
  ZSTD_createCCtx: { arguments: [], return: "pointer" },
  ZSTD_CCtx_setParameter: { arguments: ["pointer", "i32", "i32"], return: "u64" },
  ZSTD_compress2: { arguments: ["pointer", "buffer", "u64", "buffer", "u64"], return: "u64" },
  ZSTD_createDCtx: { arguments: [], return: "pointer" },
  ZSTD_decompressDCtx: { arguments: ["pointer", "buffer", "u64", "buffer", "u64"], return: "u64" },
} as const;

/** ZSTD_cParameter; part of the library's stable interface. */
const COMPRESSION_LEVEL = 100;

/** Nothing is allocated; bytes may lie in shared memory. */
export interface NativeZstd {
  /** One frame with content size, without checksum, to the start of `room`; its length, or undefined when the library refuses (the room is too small). */
  compressInto(bytes: Bytes, room: Bytes, level: number): number | undefined;
  /** What whole frames hold, to the start of `room`; its length, or undefined when they hold more than that or are damaged. */
  decompressInto(bytes: Bytes, room: Bytes): number | undefined;
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

  return {
    compressInto: (bytes, room, level) => {
      if (level !== levelSet) {
        zstd.ZSTD_CCtx_setParameter(compressor, COMPRESSION_LEVEL, level);
        levelSet = level;
      }
      return written(zstd.ZSTD_compress2(compressor, room, BigInt(room.length), bytes, BigInt(bytes.length)), room);
    },
    decompressInto: (bytes, room) =>
      written(zstd.ZSTD_decompressDCtx(decompressor, room, BigInt(room.length), bytes, BigInt(bytes.length)), room),
  };
}

/** The library's errors are lengths no room has. */
function written(result: bigint, room: Bytes): number | undefined {
  const length = Number(result);
  return length <= room.length ? length : undefined;
}
