import { createRequire } from "node:module";
import type { Bytes } from "../base/bytes.ts";
import type { ZstdSetting } from "./zstd-setting.ts";

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
const PARAMETER = { level: 100, windowLog: 101, hashLog: 102, chainLog: 103, minMatch: 105, strategy: 107 } as const;

/** Nothing is allocated; bytes may lie in shared memory. */
export interface NativeZstd {
  /**
   * One frame with content size, without checksum, to the start of `room`; its length, or undefined when the library refuses (the room is
   * too small). Each setting has a context, for good: settings are few.
   */
  compressInto(bytes: Bytes, room: Bytes, setting: ZstdSetting): number | undefined;
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
  const decompressor = zstd.ZSTD_createDCtx();
  if (decompressor === 0n) return undefined;
  const compressors = new Map<ZstdSetting, bigint>();

  function compressorFor(setting: ZstdSetting): bigint {
    let context = compressors.get(setting);
    if (context === undefined) {
      context = zstd.ZSTD_createCCtx();
      if (context === 0n) throw new RangeError("no memory for a zstd context");
      for (const name of Object.keys(PARAMETER) as (keyof typeof PARAMETER)[]) {
        const value = setting[name];
        if (value !== undefined) zstd.ZSTD_CCtx_setParameter(context, PARAMETER[name], value);
      }
      compressors.set(setting, context);
    }
    return context;
  }

  return {
    compressInto: (bytes, room, setting) =>
      written(zstd.ZSTD_compress2(compressorFor(setting), room, BigInt(room.length), bytes, BigInt(bytes.length)), room),
    decompressInto: (bytes, room) =>
      written(zstd.ZSTD_decompressDCtx(decompressor, room, BigInt(room.length), bytes, BigInt(bytes.length)), room),
  };
}

/** The library's errors are lengths no room has. */
function written(result: bigint, room: Bytes): number | undefined {
  const length = Number(result);
  return length <= room.length ? length : undefined;
}
