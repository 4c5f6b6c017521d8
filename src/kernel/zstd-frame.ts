import type { Bytes } from "../base/bytes.ts";

/** Bytes of the content size field by the two bits that announce it (RFC 8878 §3.1.1.1.1); one when the frame is a single segment. */
const SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;

/** How many bytes a zstd frame says it holds; undefined when it does not say, or is none. A claim, not checked by anything yet. */
export function contentSizeOf(frame: Bytes): number | undefined {
  if (frame.length < 6 || frame[0] !== 0x28 || frame[1] !== 0xb5 || frame[2] !== 0x2f || frame[3] !== 0xfd) return undefined;
  const descriptor = frame[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = SIZE_BYTES[descriptor >> 6]! || (isSingle ? 1 : 0);
  const at = 5 + (isSingle ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3]!;
  if (sizeBytes === 0 || frame.length < at + sizeBytes) return undefined;
  let size = 0;
  for (let k = sizeBytes - 1; k >= 0; k--) size = size * 256 + frame[at + k]!;
  return sizeBytes === 2 ? size + 256 : size;
}
