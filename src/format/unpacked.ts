import { concatBytes } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError, messageOf } from "../base/error.ts";
import { UNPACKED_MAX } from "../base/limits.ts";
import { compress, decompress } from "../kernel/zstd.ts";
import type { CompressionLevel } from "../kernel/zstd.ts";

const ZSTD_MARK = 0x02;
const OPENING = new Set([0x7b, 0x5b]);

/** The payload of an index, snapshot or lock file (restic-format §2): plain JSON in version 1, a mark and zstd in version 2. */
export function packUnpacked(version: 1 | 2, json: Bytes, level: CompressionLevel = "auto"): Bytes {
  return version === 1 ? json : concatBytes([Uint8Array.of(ZSTD_MARK), compress(json, level)]);
}

/** The JSON in a payload of either version. `what` names the file in errors. */
export function unpackUnpacked(payload: Bytes, what = "unpacked file"): Bytes {
  const first = payload[0];
  if (first === undefined || OPENING.has(first)) return payload;
  if (first !== ZSTD_MARK)
    throw new CorruptError({ object: what, check: `unknown encoding 0x${first.toString(16).padStart(2, "0")}`, offset: 0 });
  try {
    return decompress(payload.subarray(1), UNPACKED_MAX);
  } catch (error) {
    throw new CorruptError({ object: what, check: messageOf(error), cause: error });
  }
}
