import type { Bytes } from "../base/bytes.ts";
import { CHUNKER_READ_AHEAD } from "../base/limits.ts";
import { RabinScanner, WINDOW } from "./rabin/scanner.ts";

// restic-format §8
export const CHUNK_MIN = 512 * 1024;
export const CHUNK_MAX = 8 * 1024 * 1024;
const SPLIT_MASK = (1n << 20n) - 1n;

/** One chunk that is being looked for, and what is read ahead; the beginning of a chunk is moved once in so many bytes. */
const CAPACITY = CHUNK_MAX + CHUNKER_READ_AHEAD;

/**
 * Cuts one file after another into restic's chunks. Fill `space()`, say `commit(n)`, then take chunks with `next` until it
 * returns undefined; at the end of the file call `next(true)`, which gives the rest, and begin the next file with `reset()`.
 */
export class Chunker {
  private readonly scanner: RabinScanner;
  private start = 0;
  private end = 0;
  /** Positions up to here hold no cut. */
  private searched = 0;

  constructor(polynomial: bigint) {
    this.scanner = new RabinScanner(polynomial, CAPACITY);
  }

  /** Where the next bytes of the file go; never empty once `next` has returned undefined. Chunks handed out before become invalid. */
  space(): Bytes {
    if (this.start === this.end) this.reset();
    else if (this.start > 0 && CAPACITY - this.end < CHUNK_MIN) {
      this.scanner.bytes.copyWithin(0, this.start, this.end);
      this.searched -= this.start;
      this.end -= this.start;
      this.start = 0;
    }
    return this.scanner.bytes.subarray(this.end);
  }

  commit(length: number): void {
    if (length < 0 || this.end + length > CAPACITY) throw new RangeError(`commit of ${length} bytes`);
    this.end += length;
  }

  /** The next chunk, a view valid until `space()` is called; undefined when more bytes are needed, or, if `final`, when the file is used up. */
  next(final = false): Bytes | undefined {
    const cut = this.findCut(final);
    if (cut === undefined) return undefined;
    const chunk = this.scanner.bytes.subarray(this.start, cut);
    this.start = cut;
    this.searched = cut;
    return chunk;
  }

  reset(): void {
    this.start = 0;
    this.end = 0;
    this.searched = 0;
  }

  private findCut(final: boolean): number | undefined {
    const from = Math.max(this.start + CHUNK_MIN, this.searched + 1, WINDOW);
    const limit = this.start + CHUNK_MAX;
    const to = Math.min(limit, this.end);
    if (from <= to) {
      const cut = this.scanner.find(from, to, SPLIT_MASK);
      if (cut >= 0) return cut;
      if (to === limit) return limit;
      this.searched = to;
    }
    return final && this.end > this.start ? this.end : undefined;
  }
}
