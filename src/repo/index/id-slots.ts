/** Slots in use at most: the others end a search. Loaded at once that is 4.7 bytes for each id. */
const FILL = 0.85;
/** How many more slots there are after each growth. */
const GROWTH = 1.25;
const SLOTS_MIN = 64;

/**
 * Finds 32-byte ids in a column of them. Open addressing: a slot holds the number of an id and, in the bits that the number leaves free, a
 * part of the id, so that hardly ever another id has to be looked at. Ids are SHA-256, so their first word is a hash already. Equal ids may
 * be there several times. Any number of threads may look while none includes.
 */
export class IdSlots {
  readonly #ids: Uint8Array;
  readonly #words: Uint32Array;
  readonly #wanted = new Uint8Array(32);
  readonly #wantedWords = new Uint32Array(this.#wanted.buffer);
  #slots: Uint32Array;
  #scale = 0;
  #mask = 0;
  #length: number;

  private constructor(ids: SharedArrayBuffer, length: number, slots: SharedArrayBuffer) {
    this.#ids = new Uint8Array(ids);
    this.#words = new Uint32Array(ids);
    this.#length = length;
    this.#slots = new Uint32Array(slots);
    this.#measure();
  }

  /** Over a column of ids, of which the first `length` are in `slots` already. */
  static over(ids: SharedArrayBuffer, length = 0, slots = new SharedArrayBuffer(SLOTS_MIN * 4)): IdSlots {
    return new IdSlots(ids, length, slots);
  }

  /** So many ids can be found. */
  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** For `over` in another thread. Nothing may be included any more. */
  share(): SharedArrayBuffer {
    return this.#slots.buffer as SharedArrayBuffer;
  }

  /** Makes the first `length` ids of the column findable, those that are not yet. */
  include(length: number): void {
    if (length > this.#slots.length * FILL) this.#grow(length);
    while (this.#length < length) this.#insert(this.#length++);
  }

  /** The slot of an id equal to the 32 bytes at `from`, or -1. */
  find(id: Uint8Array, from: number): number {
    const wanted = this.#wanted;
    for (let k = 0; k < 32; k++) wanted[k] = id[from + k]!;
    return this.#seek(Math.floor(this.#wantedWords[0]! * this.#scale));
  }

  /** The slot of another id equal to the one in a slot that the last search found, or -1. */
  findNext(slot: number): number {
    return this.#seek(slot + 1 === this.#slots.length ? 0 : slot + 1);
  }

  /** The number of the id in a slot that was found. */
  numberIn(slot: number): number {
    return (this.#slots[slot]! & this.#mask) - 1;
  }

  /** The 32 bytes themselves, no copy. */
  idOf(number: number): Uint8Array {
    return this.#ids.subarray(number * 32, number * 32 + 32);
  }

  hexOf(number: number): string {
    return Buffer.from(this.#ids.buffer, number * 32, 32).toString("hex");
  }

  #insert(number: number): void {
    const slots = this.#slots;
    let slot = Math.floor(this.#words[number * 8]! * this.#scale);
    while (slots[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1;
    slots[slot] = (this.#words[number * 8 + 1]! & ~this.#mask) | (number + 1);
  }

  #seek(from: number): number {
    const slots = this.#slots;
    const words = this.#words;
    const wanted = this.#wantedWords;
    const mask = this.#mask;
    const tag = wanted[1]! & ~mask;
    for (let slot = from; slots[slot] !== 0; slot = slot + 1 === slots.length ? 0 : slot + 1) {
      const value = slots[slot]!;
      if ((value & ~mask) !== tag) continue;
      const at = ((value & mask) - 1) * 8;
      let k = 0;
      while (k < 8 && words[at + k] === wanted[k]) k++;
      if (k === 8) return slot;
    }
    return -1;
  }

  /** From few to many at once, the table is as large as it must be; one by one, it grows by a quarter. */
  #grow(length: number): void {
    const atLeast = this.#length === 0 ? 0 : Math.ceil(this.#slots.length * GROWTH);
    const slots = Math.max(atLeast, Math.ceil(length / FILL) + 1, SLOTS_MIN);
    this.#slots = new Uint32Array(new SharedArrayBuffer(slots * 4));
    this.#measure();
    for (let number = 0; number < this.#length; number++) this.#insert(number);
  }

  #measure(): void {
    this.#scale = this.#slots.length / 2 ** 32;
    // A number is below the count of slots, so one bit more than that count needs is never in use.
    this.#mask = (1 << (32 - Math.clz32(this.#slots.length))) - 1;
  }
}
