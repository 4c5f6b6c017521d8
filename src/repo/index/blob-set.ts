import { toHex } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import { hexInto } from "../../format/index-columns.ts";
import type { IndexView } from "./index-view.ts";

/** Some of the blobs of an index: one bit for each of its entries. All copies of a blob are one, the first. */
export class BlobSet {
  readonly #view: IndexView;
  readonly #bits: Uint32Array;
  readonly #wanted = new Uint8Array(32);

  /** Blobs that are added to the index later cannot be members. */
  constructor(view: IndexView) {
    this.#view = view;
    this.#bits = new Uint32Array(Math.ceil(view.size / 32));
  }

  /** The blob whose 32 raw bytes begin at `at`: "added", "known" when it was a member, "unknown" when the index has no such blob. */
  add(type: BlobType, id: Uint8Array, at = 0): "added" | "known" | "unknown" {
    const entry = this.#view.entryOf(type, id, at);
    if (entry < 0) return "unknown";
    const bit = 1 << (entry & 31);
    if ((this.#bits[entry >>> 5]! & bit) !== 0) return "known";
    this.#bits[entry >>> 5]! |= bit;
    return "added";
  }

  has(type: BlobType, id: string): boolean {
    if (!hexInto(id, this.#wanted, 0)) return false;
    const entry = this.#view.entryOf(type, this.#wanted);
    return entry >= 0 && this.#holds(entry);
  }

  /** Members of a type, in the order of the index. */
  *of(type: BlobType): Iterable<BlobId> {
    const size = this.#bits.length * 32;
    for (let entry = 0; entry < size; entry++) {
      if (this.#holds(entry) && this.#view.typeOf(entry) === type) yield asId<"blob">(toHex(this.#view.idOf(entry)));
    }
  }

  #holds(entry: number): boolean {
    return ((this.#bits[entry >>> 5]! >>> (entry & 31)) & 1) === 1;
  }
}
