import { asId, type IndexId, type PackId } from "../../base/id.ts";
import type { BlobLocation, BlobType, PackedBlob } from "../../format/blob.ts";
import type { BlobIndex } from "../repository.ts";
import { BitColumn, Column } from "./column.ts";
import { IdTable } from "./id-table.ts";
import { PackTable } from "./pack-table.ts";

/** The offset of every so many entries is kept; those between follow by adding lengths. */
const OFFSET_STEP = 64;

/**
 * All blobs of a repository in about 48 bytes each. Entries of a pack lie together in the order of their offsets; blobs in a
 * pack leave no gaps (restic-format §3), so an offset is the sum of the lengths before it. Packs listed with gaps (a
 * damaged or foreign index) keep their offsets in a table of exceptions.
 */
export class CompactIndex implements BlobIndex {
  readonly #ids = new IdTable();
  readonly #lengths = new Column();
  readonly #uncompressed = new Column();
  readonly #trees = new BitColumn();
  readonly #offsets = new Column();
  readonly #packs = new PackTable();
  readonly #gappy = new Map<number, Uint32Array>();
  readonly #differing = new Set<PackId>();

  get size(): number {
    return this.#ids.length;
  }

  /** Packs that two index files list with different blobs (restic-format §4: damage). */
  get differing(): ReadonlySet<PackId> {
    return this.#differing;
  }

  has(type: BlobType, id: string): boolean {
    return this.#find(type, id) !== undefined;
  }

  lookup(type: BlobType, id: string): readonly BlobLocation[] {
    const found: BlobLocation[] = [];
    for (let at = this.#find(type, id); at !== undefined; at = this.#find(type, id, at)) found.push(this.#locationAt(at));
    return found;
  }

  plaintextLength(type: BlobType, id: string): number | undefined {
    const at = this.#find(type, id);
    if (at === undefined) return undefined;
    const uncompressed = this.#uncompressed.get(at);
    return uncompressed === 0 ? this.#lengths.get(at) - BOX_OVERHEAD : uncompressed;
  }

  *packs(): Iterable<PackId> {
    for (let pack = 0; pack < this.#packs.length; pack++) if (this.#packs.isFirstPart(pack)) yield this.#packs.idOf(pack);
  }

  hasPack(id: PackId): boolean {
    return this.#packs.has(id);
  }

  blobsOf(id: PackId): readonly PackedBlob[] {
    const blobs: PackedBlob[] = [];
    for (const pack of this.#packs.partsOf(id)) {
      for (let at = this.#packs.firstEntry(pack); at < this.#endOf(pack); at++) blobs.push(this.#blobAt(at, pack));
    }
    return blobs.sort((a, b) => a.offset - b.offset);
  }

  *entries(): Iterable<BlobLocation> {
    for (let pack = 0; pack < this.#packs.length; pack++) {
      const id = this.#packs.idOf(pack);
      for (let at = this.#packs.firstEntry(pack); at < this.#endOf(pack); at++) yield { ...this.#blobAt(at, pack), pack: id };
    }
  }

  /** Where the last box of a pack ends; 0 when the pack is unknown. */
  endOfBoxes(id: PackId): number {
    let end = 0;
    for (const pack of this.#packs.partsOf(id)) {
      const last = this.#endOf(pack) - 1;
      if (last >= this.#packs.firstEntry(pack)) end = Math.max(end, this.#offsetAt(last, pack) + this.#lengths.get(last));
    }
    return end;
  }

  isTreePack(id: PackId): boolean {
    return this.#packs.partsOf(id).some((pack) => this.#packs.hasTree(pack));
  }

  filesOf(id: PackId): readonly IndexId[] {
    return [...new Set(this.#packs.partsOf(id).flatMap((pack) => this.#packs.filesOf(pack)))];
  }

  addPack(id: PackId, blobs: readonly PackedBlob[]): void {
    this.add(id, blobs, undefined);
  }

  /** Adds what an index file says of a pack. The same pack listed again in the same way costs nothing. */
  add(id: PackId, blobs: readonly PackedBlob[], file: IndexId | undefined): void {
    const parts = this.#packs.partsOf(id);
    let missing = blobs;
    if (parts.length > 0) {
      const known = new Set(this.blobsOf(id).map(describe));
      missing = blobs.filter((blob) => !known.has(describe(blob)));
      if (missing.length > 0 || known.size !== blobs.length) this.#differing.add(id);
      if (file !== undefined) for (const part of parts) this.#packs.addFile(part, file);
      if (missing.length === 0) return;
    }
    this.#append(
      id,
      [...missing].sort((a, b) => a.offset - b.offset),
      file,
    );
  }

  addFile(id: PackId, file: IndexId): void {
    for (const part of this.#packs.partsOf(id)) this.#packs.addFile(part, file);
  }

  #append(id: PackId, blobs: readonly PackedBlob[], file: IndexId | undefined): void {
    const hasTree = blobs.some((blob) => blob.type === "tree");
    const pack = this.#packs.add(id, this.#ids.length, hasTree, file);
    let next = 0;
    let gaps = false;
    for (const blob of blobs) {
      const at = this.#ids.add(blob.id);
      this.#lengths.push(blob.length);
      this.#uncompressed.push(blob.uncompressedLength);
      this.#trees.push(blob.type === "tree");
      if (at % OFFSET_STEP === 0) this.#offsets.push(blob.offset);
      if (blob.offset !== next) gaps = true;
      next = blob.offset + blob.length;
    }
    if (gaps)
      this.#gappy.set(
        pack,
        Uint32Array.from(blobs, (blob) => blob.offset),
      );
  }

  #find(type: BlobType, id: string, after?: number): number | undefined {
    const tree = type === "tree";
    let at = this.#ids.find(id, after);
    while (at !== undefined && this.#trees.get(at) !== tree) at = this.#ids.find(id, at);
    return at;
  }

  #endOf(pack: number): number {
    return pack + 1 < this.#packs.length ? this.#packs.firstEntry(pack + 1) : this.#ids.length;
  }

  #locationAt(at: number): BlobLocation {
    const pack = this.#packs.packAt(at);
    return { ...this.#blobAt(at, pack), pack: this.#packs.idOf(pack) };
  }

  #blobAt(at: number, pack: number): PackedBlob {
    return {
      type: this.#trees.get(at) ? "tree" : "data",
      id: asId<"blob">(this.#ids.hexOf(at)),
      offset: this.#offsetAt(at, pack),
      length: this.#lengths.get(at),
      uncompressedLength: this.#uncompressed.get(at),
    };
  }

  #offsetAt(at: number, pack: number): number {
    const first = this.#packs.firstEntry(pack);
    const exception = this.#gappy.get(pack);
    if (exception !== undefined) return exception[at - first]!;
    const step = at - (at % OFFSET_STEP);
    let offset = step >= first ? this.#offsets.get(step / OFFSET_STEP) : 0;
    for (let k = Math.max(step, first); k < at; k++) offset += this.#lengths.get(k);
    return offset;
  }

  /** Memory held, for tests and benchmarks. */
  get bytes(): number {
    const columns = this.#ids.bytes + this.#lengths.bytes + this.#uncompressed.bytes + this.#trees.bytes + this.#offsets.bytes;
    return columns + this.#packs.bytes;
  }
}

const BOX_OVERHEAD = 32;

function describe(blob: PackedBlob): string {
  return `${blob.type} ${blob.id} ${blob.offset} ${blob.length} ${blob.uncompressedLength}`;
}
