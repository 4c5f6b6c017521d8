import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { KIB } from "../../base/limits.ts";

/** The block that file systems leave out; smaller holes are not kept by them. */
const BLOCK = 4 * KIB;
const ZEROS = Buffer.alloc(BLOCK);

/** The runs of `bytes` that are to be written when whole blocks of zeros (aligned in the file) are left as holes. */
export function* solidRuns(bytes: Bytes, fileOffset: number): Iterable<{ readonly start: number; readonly end: number }> {
  const buffer = asBuffer(bytes);
  let start = 0;
  for (let at = 0; at < buffer.length;) {
    const end = Math.min(buffer.length, at + BLOCK - ((fileOffset + at) % BLOCK));
    if (isZero(buffer, at, end)) {
      if (at > start) yield { start, end: at };
      start = end;
    }
    at = end;
  }
  if (start < buffer.length) yield { start, end: buffer.length };
}

function isZero(buffer: Buffer, start: number, end: number): boolean {
  return buffer[start] === 0 && buffer.compare(ZEROS, 0, end - start, start, end) === 0;
}
