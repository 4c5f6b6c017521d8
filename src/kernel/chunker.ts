import type { Bytes } from "../base/bytes.ts";
import { CHUNKER_READ_AHEAD } from "../base/limits.ts";
import { KeptRanges } from "./kept-ranges.ts";
import { RabinScanner, scannerMemory } from "./rabin/scanner.ts";
import type { WasmMemory } from "./wasm.ts";

// restic-format §8
export const CHUNK_MIN = 512 * 1024;
export const CHUNK_MAX = 8 * 1024 * 1024;
const SPLIT_MASK = (1n << 20n) - 1n;

/** The least: one chunk that is being looked for, and what is read ahead; the beginning of a chunk is moved once in so many bytes. */
export const CHUNKER_CAPACITY_MIN = CHUNK_MAX + CHUNKER_READ_AHEAD;

export interface ChunkerOptions {
  /** Bytes of the ring. Only what is in use is ever touched; `keep` needs room beyond the least. */
  readonly capacity?: number;
  /** Made by `chunkerMemory` for the same capacity, perhaps in another thread. */
  readonly memory?: WasmMemory;
}

export function chunkerMemory(capacity = CHUNKER_CAPACITY_MIN): WasmMemory {
  return scannerMemory(capacity);
}

/**
 * Cuts one file after another into restic's chunks, in a ring of shared memory. Fill `space()`, say `commit(n)`, then take chunks with
 * `next` until it returns undefined; at the end of the file call `next(true)` likewise, and begin the next file with `reset()`.
 *
 * A chunk is a view of `memory`. It is valid until the next `space()` or `reset()`, or, if `keep` is told of it before, until `release`;
 * meanwhile another thread may work on those bytes.
 */
export class Chunker {
  private readonly scanner: RabinScanner;
  private readonly capacity: number;
  private readonly kept = new KeptRanges();
  /** The unfinished chunk lies at start…end. */
  private start = 0;
  private end = 0;
  /** Positions up to here hold no cut. */
  private searched = 0;

  constructor(polynomial: bigint, { capacity = CHUNKER_CAPACITY_MIN, memory }: ChunkerOptions = {}) {
    if (capacity < CHUNKER_CAPACITY_MIN) throw new RangeError(`a chunker of ${capacity} bytes`);
    this.capacity = capacity;
    this.scanner = new RabinScanner(polynomial, capacity, memory);
  }

  /** What chunks are views of. */
  get memory(): SharedArrayBuffer {
    return this.scanner.memory.buffer;
  }

  /** Where the next bytes of the file go. Empty only when `next` has not been asked to the end, or kept chunks stand in the way. */
  space(): Bytes {
    const tail = this.kept.first;
    const unfinished = this.end - this.start;
    // Nothing kept: the beginning may lie under its own copy. Something kept: the copy and a read must fit in front of it.
    const mayMove = tail === undefined ? this.start > 0 : tail < this.start && tail >= unfinished + CHUNK_MIN;
    const shouldMove = this.capacity - this.end < CHUNK_MIN || (tail === undefined && unfinished === 0);
    if (mayMove && shouldMove) this.moveToFront();
    return this.scanner.bytes.subarray(this.end, this.limit());
  }

  commit(length: number): void {
    if (length < 0 || this.end + length > this.limit()) throw new RangeError(`commit of ${length} bytes`);
    this.end += length;
  }

  /** The next chunk; undefined when more bytes are needed, or, if `final`, when the file is used up. */
  next(final = false): Bytes | undefined {
    const cut = this.findCut(final);
    if (cut === undefined) return undefined;
    const chunk = this.scanner.bytes.subarray(this.start, cut);
    this.start = cut;
    this.searched = cut;
    return chunk;
  }

  /** Nothing overwrites this chunk, the last one that `next` gave, until it is released. */
  keep(chunk: Bytes): void {
    this.kept.add(chunk.byteOffset - this.scanner.bytes.byteOffset);
  }

  /** The end of `keep`; chunks may be released in any order. */
  release(chunk: Bytes): void {
    this.kept.remove(chunk.byteOffset - this.scanner.bytes.byteOffset);
  }

  /** Forgets what is unfinished; kept chunks stay. */
  reset(): void {
    this.end = this.start;
    this.searched = this.start;
  }

  /** Where writing must stop: at the oldest kept chunk ahead, which may begin where the last one ended, or at the end of the ring. */
  private limit(): number {
    const tail = this.kept.first;
    return tail !== undefined && tail >= this.start ? tail : this.capacity;
  }

  private moveToFront(): void {
    this.scanner.bytes.copyWithin(0, this.start, this.end);
    this.searched -= this.start;
    this.end -= this.start;
    this.start = 0;
  }

  private findCut(final: boolean): number | undefined {
    const from = Math.max(this.start + CHUNK_MIN, this.searched + 1);
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
