import type { Bytes } from "../../base/bytes.ts";
import { asId, type PackId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import { Segment, type SegmentHandle } from "./segment.ts";

/** A shared index on its way to another thread. */
export interface IndexHandle {
  readonly segments: readonly SegmentHandle[];
}

/** Where a copy of a blob lies; `pack` is for `packIdOf`. */
export interface Place {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
  /** 0 when the blob is stored as it is. */
  readonly uncompressedLength: number;
}

/** Some of the packs of an index, by number: one bit each, in shared memory where threads are to ask it. */
export type PackSet = Uint32Array;

/**
 * An index to look into, in any thread, by ids of 32 raw bytes that begin at `at`. Entries and packs are numbered from 0 without gaps; the
 * numbers are the same in every thread.
 */
export class IndexView {
  readonly #segments: readonly Segment[];

  constructor(segments: readonly Segment[]) {
    this.#segments = segments;
  }

  static attach(handle: IndexHandle): IndexView {
    return new IndexView(handle.segments.map((segment) => Segment.attach(segment)));
  }

  /** Copies of blobs, duplicates included. */
  get size(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.entries, 0);
  }

  /** Packs; one that index files list in different ways counts several times. */
  get packCount(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.packs, 0);
  }

  /** With `packs`: true when one of them has a copy. No allocation; 0.2 µs on ten million blobs. */
  has(type: BlobType, id: Uint8Array, at = 0, packs?: PackSet): boolean {
    let packBase = 0;
    for (const segment of this.#segments) {
      const { byBlob } = segment;
      for (let slot = byBlob.find(id, at); slot >= 0; slot = byBlob.findNext(slot)) {
        const entry = byBlob.numberIn(slot);
        if (segment.isTree(entry) !== (type === "tree")) continue;
        if (packs === undefined || isIn(packs, packBase + segment.packOf(entry))) return true;
      }
      packBase += segment.packs;
    }
    return false;
  }

  /** How many copies of a blob there are. */
  copies(type: BlobType, id: Uint8Array, at = 0): number {
    let copies = 0;
    for (const segment of this.#segments) {
      const { byBlob } = segment;
      for (let slot = byBlob.find(id, at); slot >= 0; slot = byBlob.findNext(slot)) {
        if (segment.isTree(byBlob.numberIn(slot)) === (type === "tree")) copies++;
      }
    }
    return copies;
  }

  /** A copy of a blob, with `packs` one in them. */
  locate(type: BlobType, id: Uint8Array, at = 0, packs?: PackSet): Place | undefined {
    let packBase = 0;
    for (const segment of this.#segments) {
      const { byBlob } = segment;
      for (let slot = byBlob.find(id, at); slot >= 0; slot = byBlob.findNext(slot)) {
        const entry = byBlob.numberIn(slot);
        if (segment.isTree(entry) !== (type === "tree")) continue;
        const pack = segment.packOf(entry);
        if (packs !== undefined && !isIn(packs, packBase + pack)) continue;
        return {
          pack: packBase + pack,
          offset: segment.offsetOf(entry, pack),
          length: segment.lengthOf(entry),
          uncompressedLength: segment.uncompressedLengthOf(entry),
        };
      }
      packBase += segment.packs;
    }
    return undefined;
  }

  /** The number of the first entry of a blob, or -1: what a set of blobs can keep a bit for. */
  entryOf(type: BlobType, id: Uint8Array, at = 0): number {
    let base = 0;
    for (const segment of this.#segments) {
      const { byBlob } = segment;
      for (let slot = byBlob.find(id, at); slot >= 0; slot = byBlob.findNext(slot)) {
        const entry = byBlob.numberIn(slot);
        if (segment.isTree(entry) === (type === "tree")) return base + entry;
      }
      base += segment.entries;
    }
    return -1;
  }

  typeOf(entry: number): BlobType {
    const [segment, local] = this.#segmentOf(entry);
    return segment.isTree(local) ? "tree" : "data";
  }

  /** The 32 raw bytes of a blob's id. */
  idOf(entry: number): Uint8Array {
    const [segment, local] = this.#segmentOf(entry);
    return segment.byBlob.idOf(local);
  }

  #segmentOf(entry: number): readonly [Segment, number] {
    let local = entry;
    for (const segment of this.#segments) {
      if (local < segment.entries) return [segment, local];
      local -= segment.entries;
    }
    throw new RangeError(`there is no entry ${entry}`);
  }

  /** Length of a blob's plaintext, or undefined when it is unknown. */
  plaintextLength(type: BlobType, id: Uint8Array, at = 0): number | undefined {
    for (const segment of this.#segments) {
      const { byBlob } = segment;
      for (let slot = byBlob.find(id, at); slot >= 0; slot = byBlob.findNext(slot)) {
        const entry = byBlob.numberIn(slot);
        if (segment.isTree(entry) === (type === "tree")) return segment.plaintextLengthOf(entry);
      }
    }
    return undefined;
  }

  /** The plaintext of the header that a pack must have; undefined when it is not listed, with gaps, or a part here and a part there. */
  headerOf(id: Uint8Array, at = 0): Bytes | undefined {
    let header: Bytes | undefined;
    let parts = 0;
    for (const segment of this.#segments) {
      const { byPack } = segment;
      for (let slot = byPack.find(id, at); slot >= 0; slot = byPack.findNext(slot)) {
        if (++parts > 1) return undefined;
        header = segment.headerOf(byPack.numberIn(slot));
      }
    }
    return header;
  }

  packIdOf(pack: number): PackId {
    let local = pack;
    for (const segment of this.#segments) {
      if (local < segment.packs) return asId<"pack">(segment.byPack.hexOf(local));
      local -= segment.packs;
    }
    throw new RangeError(`there is no pack ${pack}`);
  }

  /** An empty set with room for each pack of this index, in shared memory. */
  newPackSet(): PackSet {
    return new Uint32Array(new SharedArrayBuffer(Math.ceil(this.packCount / 32) * 4));
  }

  /** Memory held, for tests and benchmarks. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }
}

export function isIn(packs: PackSet, pack: number): boolean {
  return ((packs[pack >>> 5]! >>> (pack & 31)) & 1) === 1;
}

export function include(packs: PackSet, pack: number): void {
  packs[pack >>> 5]! |= 1 << (pack & 31);
}
