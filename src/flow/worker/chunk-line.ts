import { asBuffer, type Bytes, concatBytes } from "../../base/bytes.ts";
import { CHUNKS_AHEAD_MAX } from "../../base/limits.ts";
import { type Chunker, CHUNK_MIN } from "../../kernel/chunker.ts";
import { SHA256_LENGTH } from "../../kernel/hash.ts";
import type { ChunkBoard } from "./chunk-board.ts";
import { type Added, NOTHING_ADDED } from "./smith.ts";
import type { Workbench } from "./workbench.ts";

/** The chunks of one stream of bytes in their order: cut here, done by anybody, collected again. One stream at a time. */
export class ChunkLine {
  private readonly chunker: Chunker;
  private readonly board: ChunkBoard;
  private readonly reader: number;
  /** Chunks that are not collected; the place of the first is `first`. */
  private readonly waiting: Bytes[] = [];
  /** The id of a chunk of zeros, once one has been stored. */
  private zeroId: Bytes | undefined;
  private first = 0;
  private ids: Bytes[] = [];
  private ended = false;
  private abandoned = false;
  /** What the chunks collected so far have added. */
  added: Added = NOTHING_ADDED;

  constructor(chunker: Chunker, board: ChunkBoard, reader: number) {
    this.chunker = chunker;
    this.board = board;
    this.reader = reader;
  }

  begin(): void {
    this.chunker.reset();
    this.ids = [];
    this.ended = false;
    this.abandoned = false;
    this.added = NOTHING_ADDED;
  }

  /** Where bytes are to be read to; empty when chunks must be done first. */
  space(): Bytes {
    return this.isFull ? NO_SPACE : this.chunker.space();
  }

  /** So many bytes have been read. Puts up every chunk that is complete. */
  commit(length: number, ended: boolean): void {
    this.chunker.commit(length);
    this.ended = ended;
    this.cut();
  }

  /** Puts up chunks while there are places for them. */
  private cut(): void {
    while (!this.isFull && !this.abandoned) {
      const chunk = this.chunker.next(this.ended);
      if (chunk === undefined) return;
      this.chunker.keep(chunk);
      const place = this.placeOf(this.waiting.length);
      if (this.zeroId !== undefined && isZero(chunk)) this.board.done(this.reader, place, this.zeroId, undefined);
      else this.board.offer(this.reader, place, chunk);
      this.waiting.push(chunk);
    }
  }

  /** Takes what is done from the front. True when something was. */
  collect(): boolean {
    let any = false;
    for (let chunk = this.waiting[0]; chunk !== undefined; chunk = this.waiting[0]) {
      const done = this.board.result(this.reader, this.first);
      if (done === undefined) break;
      const id = Uint8Array.from(done.id);
      this.ids.push(id);
      // A chunk that was taken back has no id.
      if (this.zeroId === undefined && !this.abandoned && isZero(chunk)) this.zeroId = id;
      const { blobs, bytes, stored } = this.added;
      if (done.isNew) this.added = { blobs: blobs + 1, bytes: bytes + done.length, stored: stored + done.stored };
      this.leaveFirst(chunk);
      any = true;
    }
    // There may be more to put up than there were places.
    if (any) this.cut();
    return any;
  }

  /** Works on the oldest chunk that nobody has taken; false when there is none. */
  workOnOne(bench: Workbench): boolean {
    const one = this.takeOne();
    if (one === undefined) return false;
    const id = new Uint8Array(SHA256_LENGTH);
    const stored = bench.add("data", one.chunk, id);
    this.board.done(this.reader, one.place, id, stored);
    return true;
  }

  /** Chunks that nobody has taken. */
  get untaken(): number {
    let count = 0;
    for (let k = 0; k < this.waiting.length; k++) if (this.board.isOffered(this.reader, this.placeOf(k))) count++;
    return count;
  }

  /** Takes back what nobody has taken, and forgets what is done. True when nothing is left; to be repeated until then. */
  abandon(): boolean {
    this.abandoned = true;
    for (let one = this.takeOne(); one !== undefined; one = this.takeOne()) this.board.done(this.reader, one.place, NO_ID, undefined);
    this.collect();
    return this.waiting.length === 0;
  }

  /** The first chunk is done. */
  get hasResult(): boolean {
    return !this.isEmpty && this.board.result(this.reader, this.first) !== undefined;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** The ids of all chunks, once the line is empty. */
  content(): Bytes {
    return concatBytes(this.ids);
  }

  private takeOne(): { readonly place: number; readonly chunk: Bytes } | undefined {
    for (const [k, chunk] of this.waiting.entries()) {
      const place = this.placeOf(k);
      if (this.board.take(this.reader, place)) return { place, chunk };
    }
    return undefined;
  }

  private get isFull(): boolean {
    return this.waiting.length === CHUNKS_AHEAD_MAX;
  }

  private leaveFirst(chunk: Bytes): void {
    this.board.clear(this.reader, this.first);
    this.chunker.release(chunk);
    this.waiting.shift();
    this.first = this.placeOf(1);
  }

  private placeOf(k: number): number {
    return (this.first + k) % CHUNKS_AHEAD_MAX;
  }
}

/**
 * Sparse files and disk images are for the most part one chunk over and over: 64 zero bytes are a cut, so that zeros come in chunks of the
 * least size. To compare one costs a twentieth of hashing it: an image of 4 GB with 0.7 GB of files in it takes 5.5 s of CPU instead of 8.7.
 */
function isZero(chunk: Bytes): boolean {
  return chunk.length === CHUNK_MIN && chunk[0] === 0 && chunk[CHUNK_MIN - 1] === 0 && asBuffer(chunk).equals(ZEROS);
}

const ZEROS = new Uint8Array(CHUNK_MIN);
const NO_SPACE = new Uint8Array(0);
const NO_ID = new Uint8Array(SHA256_LENGTH);
