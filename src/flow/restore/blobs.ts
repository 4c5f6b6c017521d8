import { asBuffer, type Bytes, toHex } from "../../base/bytes.ts";
import { asId, type BlobId, type PackId } from "../../base/id.ts";
import { BOX_OVERHEAD } from "../../kernel/box.ts";
import type { Place } from "../../repo/index/index-view.ts";
import type { SharedIndex } from "../../repo/repository.ts";
import { BYTES, WORDS, Column, roomFor } from "./column.ts";
import { chooseCopy, type Copy, type PackStates } from "./copies.ts";

export const ID_BYTES = 32;

/** A blob that no index knows. */
const NOWHERE: Omit<Place, "pack"> = { offset: 0, length: BOX_OVERHEAD, uncompressedLength: 0 };

/** What is known of the blobs, as any thread may read it; by number. */
export interface BlobsView {
  readonly ids: Uint8Array<SharedArrayBuffer>;
  readonly packs: Uint32Array<SharedArrayBuffer>;
  readonly offsets: Uint32Array<SharedArrayBuffer>;
  /** Of the sealed box. */
  readonly lengths: Uint32Array<SharedArrayBuffer>;
  /** 0 when it is stored as it is. */
  readonly uncompressed: Uint32Array<SharedArrayBuffer>;
}

/** Every blob that the files of a restore consist of gets a number, once, and the copy of it that will be read is chosen. */
export class Blobs {
  readonly #index: SharedIndex;
  readonly #states: PackStates;
  readonly #now: number;
  #ids = roomFor(BYTES, 64 * ID_BYTES);
  #words = new Uint32Array(this.#ids.buffer);
  #text = asBuffer(this.#ids);
  readonly #packs = new Column(WORDS);
  readonly #offsets = new Column(WORDS);
  readonly #lengths = new Column(WORDS);
  readonly #uncompressed = new Column(WORDS);
  /** Numbers by id plus one, at a place that follows from the id's first bytes: they are as good as any hash. */
  #slots = new Uint32Array(256);
  readonly #packNumbers = new Map<PackId, number>();
  readonly #placeNumbers = new Map<number, number>();
  readonly packIds: PackId[] = [];
  /** What cannot be read now. */
  readonly #unreadable = new Map<number, Exclude<Copy, { readonly kind: "readable" }>>();

  constructor(index: SharedIndex, states: PackStates, now: number) {
    this.#index = index;
    this.#states = states;
    this.#now = now;
  }

  get length(): number {
    return this.#packs.length;
  }

  numberOf(id: BlobId): number {
    const next = this.length;
    this.#makeRoom(next);
    // Written where a new one would lie; compared there.
    this.#text.write(id, next * ID_BYTES, "hex");
    return this.#numberOfLast(next);
  }

  /** The same by the id's bytes, which begin at `at`. */
  numberOfRaw(ids: Bytes, at: number): number {
    const next = this.length;
    this.#makeRoom(next);
    const to = next * ID_BYTES;
    for (let k = 0; k < ID_BYTES; k++) this.#ids[to + k] = ids[at + k]!;
    return this.#numberOfLast(next);
  }

  #numberOfLast(next: number): number {
    const slot = this.#slotOf(next);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    this.#slots[slot] = next + 1;
    this.#add(next);
    return next;
  }

  #makeRoom(next: number): void {
    if ((next + 1) * ID_BYTES > this.#ids.length) {
      const larger = roomFor(BYTES, this.#ids.length * 2);
      larger.set(this.#ids);
      this.#ids = larger;
      this.#words = new Uint32Array(larger.buffer);
      this.#text = asBuffer(larger);
    }
    if (next * 2 < this.#slots.length) return;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let blob = 0; blob < next; blob++) this.#slots[this.#slotOf(blob)] = blob + 1;
  }

  /** Where the number of this blob is, or would be. */
  #slotOf(blob: number): number {
    const mask = this.#slots.length - 1;
    const words = this.#words;
    const from = blob * 8;
    for (let slot = words[from]! & mask; ; slot = (slot + 1) & mask) {
      const other = this.#slots[slot]!;
      if (other === 0) return slot;
      const at = (other - 1) * 8;
      let same = 0;
      while (same < 8 && words[at + same] === words[from + same]) same++;
      if (same === 8) return slot;
    }
  }

  #add(blob: number): void {
    const place = this.#states === undefined ? this.#index.view.locate("data", this.#ids, blob * ID_BYTES) : undefined;
    if (place !== undefined) this.#push(this.#numberOfPlace(place.pack), place);
    else this.#addChosen(blob);
  }

  /** Where there are classes, it matters which copy is read. */
  #addChosen(blob: number): void {
    const copy = chooseCopy(this.#index.lookup("data", idAt(this.#ids, blob)), this.#states, this.#now);
    if (copy.kind === "none") this.#push(0, NOWHERE);
    else this.#push(this.#packNumber(copy.at.pack), copy.at);
    if (copy.kind !== "readable") this.#unreadable.set(blob, copy);
  }

  #push(pack: number, { offset, length, uncompressedLength }: Omit<Place, "pack">): void {
    this.#packs.push(pack);
    this.#offsets.push(offset);
    this.#lengths.push(length);
    this.#uncompressed.push(uncompressedLength);
  }

  /** By the pack's number in the index, which spells its id out once. */
  #numberOfPlace(place: number): number {
    let number = this.#placeNumbers.get(place);
    if (number === undefined) {
      number = this.#packNumber(this.#index.view.packIdOf(place));
      this.#placeNumbers.set(place, number);
    }
    return number;
  }

  #packNumber(pack: PackId): number {
    let number = this.#packNumbers.get(pack);
    if (number === undefined) {
      number = this.packIds.push(pack) - 1;
      this.#packNumbers.set(pack, number);
    }
    return number;
  }

  /** undefined when it can be read. */
  unreadable(blob: number): Exclude<Copy, { readonly kind: "readable" }> | undefined {
    return this.#unreadable.get(blob);
  }

  idOf(blob: number): BlobId {
    return idAt(this.#ids, blob);
  }

  /** Length of the plaintext; 0 when no index knows the blob. */
  lengthOf(blob: number): number {
    const uncompressed = this.#uncompressed.values[blob]!;
    return uncompressed === 0 ? this.#lengths.values[blob]! - BOX_OVERHEAD : uncompressed;
  }

  packOf(blob: number): number {
    return this.#packs.values[blob]!;
  }

  offsetOf(blob: number): number {
    return this.#offsets.values[blob]!;
  }

  boxLengthOf(blob: number): number {
    return this.#lengths.values[blob]!;
  }

  view(): BlobsView {
    return {
      ids: this.#ids,
      packs: this.#packs.values,
      offsets: this.#offsets.values,
      lengths: this.#lengths.values,
      uncompressed: this.#uncompressed.values,
    };
  }
}

export function idAt(ids: Uint8Array, blob: number): BlobId {
  return asId<"blob">(toHex(ids.subarray(blob * ID_BYTES, (blob + 1) * ID_BYTES)));
}
