import type { Bytes } from "../../base/bytes.ts";
import { CHUNKS_AHEAD_MAX } from "../../base/limits.ts";
import type { Signals } from "./signals.ts";

// Words of a place.
const STATE = 0;
const OFFSET = 1;
const LENGTH = 2;
const IS_NEW = 3;
const STORED = 4;
const ID = 8;
const WORDS = 16;
const ID_BYTES = 32;

const FREE = 0;
const OFFERED = 1;
const TAKEN = 2;
const DONE = 3;

/** What became of a chunk. */
export interface ChunkDone {
  /** 32 raw bytes; valid until the place is cleared. */
  readonly id: Bytes;
  /** Nobody had it before. */
  readonly isNew: boolean;
  readonly length: number;
  /** Bytes in the repository, when it is new. */
  readonly stored: number;
}

/**
 * Where a thread that reads a large file puts up the chunks it has cut, for whoever has the time: one row of places for each reader, in
 * shared memory. A chunk lies at an offset of the reader's ring until its place is cleared.
 */
export class ChunkBoard {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly signals: Signals;
  private readonly readers: number;

  constructor(memory: SharedArrayBuffer, signals: Signals) {
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
    this.signals = signals;
    this.readers = this.words.length / (WORDS * CHUNKS_AHEAD_MAX);
  }

  static create(readers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(readers * CHUNKS_AHEAD_MAX * WORDS * 4);
  }

  // --- for the reader ---

  offer(reader: number, place: number, chunk: Bytes): void {
    const at = wordOf(reader, place);
    this.words[at + OFFSET] = chunk.byteOffset;
    this.words[at + LENGTH] = chunk.length;
    Atomics.store(this.words, at + STATE, OFFERED);
    this.signals.changeUntaken(1);
    this.signals.ring();
  }

  /** False when somebody else has it. */
  take(reader: number, place: number): boolean {
    if (Atomics.compareExchange(this.words, wordOf(reader, place) + STATE, OFFERED, TAKEN) !== OFFERED) return false;
    this.signals.changeUntaken(-1);
    return true;
  }

  result(reader: number, place: number): ChunkDone | undefined {
    const at = wordOf(reader, place);
    if (Atomics.load(this.words, at + STATE) !== DONE) return undefined;
    return {
      id: this.bytes.subarray((at + ID) * 4, (at + ID) * 4 + ID_BYTES),
      isNew: this.words[at + IS_NEW] !== 0,
      length: this.words[at + LENGTH]!,
      stored: this.words[at + STORED]!,
    };
  }

  isOffered(reader: number, place: number): boolean {
    return Atomics.load(this.words, wordOf(reader, place) + STATE) === OFFERED;
  }

  clear(reader: number, place: number): void {
    Atomics.store(this.words, wordOf(reader, place) + STATE, FREE);
  }

  // --- for who works on it ---

  /** A chunk of anybody that is now the caller's to do. */
  takeAny(): { readonly reader: number; readonly place: number; readonly offset: number; readonly length: number } | undefined {
    if (this.signals.untaken <= 0) return undefined;
    for (let reader = 0; reader < this.readers; reader++) {
      for (let place = 0; place < CHUNKS_AHEAD_MAX; place++) {
        if (!this.take(reader, place)) continue;
        const at = wordOf(reader, place);
        return { reader, place, offset: this.words[at + OFFSET]!, length: this.words[at + LENGTH]! };
      }
    }
    return undefined;
  }

  /** `stored` is undefined for a chunk that was there already. */
  done(reader: number, place: number, id: Bytes, stored: number | undefined): void {
    const at = wordOf(reader, place);
    this.bytes.set(id, (at + ID) * 4);
    this.words[at + IS_NEW] = stored === undefined ? 0 : 1;
    this.words[at + STORED] = stored ?? 0;
    Atomics.store(this.words, at + STATE, DONE);
    this.signals.ring();
  }
}

function wordOf(reader: number, place: number): number {
  return (reader * CHUNKS_AHEAD_MAX + place) * WORDS;
}
