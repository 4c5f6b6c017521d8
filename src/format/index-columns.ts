import { asId } from "../base/id.ts";
import type { PackedBlob } from "./blob.ts";

const FIRST_ROOM = 1 << 10;

/**
 * Index entries pack by pack, as they are read: columns, no object for each. A pack is begun, its entries are added, then it is ended, which
 * puts them in the order of their offsets. Grows by doubling; `clear` keeps the memory.
 */
export class IndexColumns {
  ids = new Uint8Array(FIRST_ROOM * 32);
  offsets = new Uint32Array(FIRST_ROOM);
  lengths = new Uint32Array(FIRST_ROOM);
  uncompressed = new Uint32Array(FIRST_ROOM);
  trees = new Uint8Array(FIRST_ROOM);
  packIds = new Uint8Array(FIRST_ROOM);
  /** Where each pack's entries begin; one more than there are packs. */
  packFirst = new Uint32Array(FIRST_ROOM / 32 + 1);
  length = 0;
  packs = 0;

  clear(): void {
    this.length = 0;
    this.packs = 0;
  }

  /** Room for one more pack: where its id is to be written in `packIds`. */
  beginPack(): number {
    if (this.packs * 32 === this.packIds.length) this.packIds = grown(this.packIds);
    if (this.packs + 1 === this.packFirst.length) this.packFirst = grown(this.packFirst);
    this.packFirst[this.packs] = this.length;
    return this.packs * 32;
  }

  /** Room for one more entry at `length`; the caller fills the columns and counts it. */
  reserve(): number {
    if (this.length === this.lengths.length) {
      this.ids = grown(this.ids);
      this.offsets = grown(this.offsets);
      this.lengths = grown(this.lengths);
      this.uncompressed = grown(this.uncompressed);
      this.trees = grown(this.trees);
    }
    return this.length;
  }

  endPack(): void {
    const first = this.packFirst[this.packs]!;
    this.packs++;
    this.packFirst[this.packs] = this.length;
    for (let at = first + 1; at < this.length; at++) {
      if (this.offsets[at]! < this.offsets[at - 1]!) return this.#sort(first);
    }
  }

  addPack(id: string, blobs: readonly PackedBlob[]): void {
    const at = this.beginPack();
    hexInto(id, this.packIds, at);
    for (const blob of blobs) this.#add(blob);
    this.endPack();
  }

  blobsOf(pack: number): PackedBlob[] {
    const blobs: PackedBlob[] = [];
    for (let at = this.packFirst[pack]!; at < this.packFirst[pack + 1]!; at++) {
      blobs.push({
        type: this.trees[at] === 1 ? "tree" : "data",
        id: asId<"blob">(Buffer.from(this.ids.buffer, at * 32, 32).toString("hex")),
        offset: this.offsets[at]!,
        length: this.lengths[at]!,
        uncompressedLength: this.uncompressed[at]!,
      });
    }
    return blobs;
  }

  #add(blob: PackedBlob): void {
    const at = this.reserve();
    hexInto(blob.id, this.ids, at * 32);
    this.offsets[at] = blob.offset;
    this.lengths[at] = blob.length;
    this.uncompressed[at] = blob.uncompressedLength;
    this.trees[at] = blob.type === "tree" ? 1 : 0;
    this.length++;
  }

  #sort(first: number): void {
    const count = this.length - first;
    const order = Uint32Array.from({ length: count }, (_, k) => first + k);
    const { offsets } = this;
    order.sort((a, b) => offsets[a]! - offsets[b]! || a - b);
    const ids = this.ids.slice(first * 32, this.length * 32);
    for (let k = 0; k < count; k++) {
      const from = (order[k]! - first) * 32;
      this.ids.set(ids.subarray(from, from + 32), (first + k) * 32);
    }
    for (const column of [this.offsets, this.lengths, this.uncompressed, this.trees]) {
      const before = column.slice(first, this.length);
      for (let k = 0; k < count; k++) column[first + k] = before[order[k]! - first]!;
    }
  }
}

function grown<T extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(column: T): T {
  const Column = column.constructor as new (length: number) => T;
  const larger = new Column(column.length * 2);
  larger.set(column);
  return larger;
}

/** Writes the 32 bytes of an id; false when the text is none. */
export function hexInto(hex: string, into: Uint8Array, at: number): boolean {
  return hex.length === 64 && Buffer.from(into.buffer, into.byteOffset, into.byteLength).write(hex, at, 32, "hex") === 32;
}
