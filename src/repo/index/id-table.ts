import { CHUNK, CHUNK_MASK, Column, chunkOf } from "./column.ts";

const NONE = 0xffff_ffff;
const FIRST_HEADS = 1 << 10;
/** Entries per list head before the heads are doubled: half a byte to one byte of heads for each entry. */
const LOAD_MAX = 8;

/**
 * Numbers 32-byte ids in the order they are added (equal ids may be added again) and finds all numbers of an id. 36 bytes
 * for each id, plus at most 1 for list heads. Ids are SHA-256, so their first word is a hash already.
 */
export class IdTable {
  readonly #chunks: { readonly text: Buffer; readonly words: Uint32Array }[] = [];
  readonly #next = new Column();
  #heads = new Uint32Array(FIRST_HEADS).fill(NONE);
  readonly #wanted = Buffer.alloc(32);
  readonly #wantedWords = new Uint32Array(this.#wanted.buffer, this.#wanted.byteOffset, 8);

  get length(): number {
    return this.#next.length;
  }

  add(hex: string): number {
    const at = this.#next.length;
    if (at >= this.#heads.length * LOAD_MAX) this.#grow();
    if ((at & CHUNK_MASK) === 0) {
      const memory = new ArrayBuffer(CHUNK * 32);
      this.#chunks.push({ text: Buffer.from(memory), words: new Uint32Array(memory) });
    }
    const chunk = this.#chunks[chunkOf(at)]!;
    chunk.text.write(hex, (at & CHUNK_MASK) * 32, 32, "hex");
    const head = chunk.words[(at & CHUNK_MASK) * 8]! & (this.#heads.length - 1);
    this.#next.push(this.#heads[head]!);
    this.#heads[head] = at;
    return at;
  }

  hexOf(at: number): string {
    const from = (at & CHUNK_MASK) * 32;
    return this.#chunks[chunkOf(at)]!.text.toString("hex", from, from + 32);
  }

  /** The newest number of an id, or undefined. `after` continues from an earlier answer to the next older one. */
  find(hex: string, after?: number): number | undefined {
    const wanted = this.#wantedWords;
    if (hex.length !== 64 || this.#wanted.write(hex, 0, 32, "hex") !== 32) return undefined;
    let at = after === undefined ? this.#heads[wanted[0]! & (this.#heads.length - 1)]! : this.#next.get(after);
    while (at !== NONE) {
      const words = this.#chunks[chunkOf(at)]!.words;
      const from = (at & CHUNK_MASK) * 8;
      let k = 0;
      while (k < 8 && words[from + k] === wanted[k]) k++;
      if (k === 8) return at;
      at = this.#next.get(at);
    }
    return undefined;
  }

  #grow(): void {
    const heads = new Uint32Array(this.#heads.length * 2).fill(NONE);
    for (let at = 0; at < this.length; at++) {
      const head = this.#chunks[chunkOf(at)]!.words[(at & CHUNK_MASK) * 8]! & (heads.length - 1);
      this.#next.set(at, heads[head]!);
      heads[head] = at;
    }
    this.#heads = heads;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK * 32 + this.#next.bytes + this.#heads.byteLength;
  }
}
