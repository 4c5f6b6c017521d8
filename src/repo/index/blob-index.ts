import { asId, type IndexId, type PackId } from "../../base/id.ts";
import type { BlobLocation, BlobType, PackedBlob } from "../../format/blob.ts";
import type { SharedIndex } from "../repository.ts";
import { IndexColumns, hexInto } from "../../format/index-columns.ts";
import { IndexFiles } from "./index-files.ts";
import { type IndexHandle, IndexView } from "./index-view.ts";
import { Segment, type SegmentHandle } from "./segment.ts";

/** Room of the first segment for what this run adds; each further one is as large as all before it, up to the last number. */
const FIRST_ENTRIES = 1 << 14;
const ENTRIES_MAX = 1 << 22;

/** A pack, or a part of one that index files list in different ways. */
interface Part {
  readonly segment: Segment;
  /** Within the segment. */
  readonly pack: number;
  /** Within the index. */
  readonly number: number;
}

/**
 * All blobs of a repository in about 48 bytes each: segments of columns in shared memory. What is there when it is shared never changes
 * any more; what is added later goes to a segment of its own.
 */
export class CompactIndex implements SharedIndex {
  /** To look into by raw ids, in this thread. */
  readonly view: IndexView;
  readonly #segments: Segment[] = [];
  readonly #files = new IndexFiles();
  readonly #differing = new Set<PackId>();
  readonly #wanted = new Uint8Array(32);
  readonly #columns = new IndexColumns();
  #open: Segment | undefined;

  constructor() {
    this.view = new IndexView(this.#segments);
  }

  get size(): number {
    return this.view.size;
  }

  /** Packs that two index files list with different blobs (restic-format §4: damage). */
  get differing(): ReadonlySet<PackId> {
    return this.#differing;
  }

  /** The index as it is now, for `IndexView.attach` in other threads. */
  share(): IndexHandle {
    this.#open = undefined;
    return { segments: this.#segments.map((segment) => segment.share()) };
  }

  has(type: BlobType, id: string): boolean {
    return hexInto(id, this.#wanted, 0) && this.view.has(type, this.#wanted);
  }

  lookup(type: BlobType, id: string): readonly BlobLocation[] {
    const found: BlobLocation[] = [];
    if (!hexInto(id, this.#wanted, 0)) return found;
    for (const segment of this.#segments) {
      const { byBlob } = segment;
      for (let slot = byBlob.find(this.#wanted, 0); slot >= 0; slot = byBlob.findNext(slot)) {
        const entry = byBlob.numberIn(slot);
        if (segment.isTree(entry) !== (type === "tree")) continue;
        const pack = segment.packOf(entry);
        found.push({ ...blobAt(segment, entry, pack), pack: asId<"pack">(segment.byPack.hexOf(pack)) });
      }
    }
    return found;
  }

  copies(type: BlobType, id: string): number {
    return hexInto(id, this.#wanted, 0) ? this.view.copies(type, this.#wanted) : 0;
  }

  plaintextLength(type: BlobType, id: string): number | undefined {
    return hexInto(id, this.#wanted, 0) ? this.view.plaintextLength(type, this.#wanted) : undefined;
  }

  *packs(): Iterable<PackId> {
    for (const { segment, pack, number } of this.#allParts()) {
      const id = asId<"pack">(segment.byPack.hexOf(pack));
      if (this.#differing.size === 0 || !this.#differing.has(id) || this.#partsOf(id)[0]!.number === number) yield id;
    }
  }

  hasPack(id: PackId): boolean {
    return hexInto(id, this.#wanted, 0) && this.#segments.some(({ byPack }) => byPack.find(this.#wanted, 0) >= 0);
  }

  blobsOf(id: PackId): readonly PackedBlob[] {
    const blobs: PackedBlob[] = [];
    for (const { segment, pack } of this.#partsOf(id)) {
      for (let entry = segment.firstEntryOf(pack); entry < segment.endEntryOf(pack); entry++) blobs.push(blobAt(segment, entry, pack));
    }
    return blobs.sort((a, b) => a.offset - b.offset);
  }

  *entries(): Iterable<BlobLocation> {
    for (const { segment, pack } of this.#allParts()) {
      const id = asId<"pack">(segment.byPack.hexOf(pack));
      for (let entry = segment.firstEntryOf(pack); entry < segment.endEntryOf(pack); entry++) {
        yield { ...blobAt(segment, entry, pack), pack: id };
      }
    }
  }

  /** Where the last box of a pack ends; 0 when the pack is unknown. */
  endOfBoxes(id: PackId): number {
    let end = 0;
    for (const { segment, pack } of this.#partsOf(id)) {
      const last = segment.endEntryOf(pack) - 1;
      if (last >= segment.firstEntryOf(pack)) end = Math.max(end, segment.offsetOf(last, pack) + segment.lengthOf(last));
    }
    return end;
  }

  isTreePack(id: PackId): boolean {
    return this.#partsOf(id).some(({ segment, pack }) => segment.packHasTree(pack));
  }

  /** The index files of which anything is in here. */
  get files(): readonly IndexId[] {
    return this.#files.ids;
  }

  filesOf(id: PackId): readonly IndexId[] {
    return this.#files.of(this.#partsOf(id));
  }

  addFile(id: PackId, file: IndexId): void {
    for (const part of this.#partsOf(id)) this.#files.note(part, file);
  }

  addPack(id: PackId, blobs: readonly PackedBlob[]): void {
    this.add(id, blobs, undefined);
  }

  /** Adds what an index file says of a pack. The same pack listed again in the same way costs nothing. */
  add(id: PackId, blobs: readonly PackedBlob[], file: IndexId | undefined): void {
    this.#columns.clear();
    this.#columns.addPack(id, blobs);
    this.addAll(this.#columns, file);
    this.#open?.byBlob.include(this.#open.entries);
  }

  /** Makes room, at once, for what is about to be added. */
  reserve(room: { readonly entries: number; readonly packs: number }): void {
    this.#open = Segment.create(room);
    this.#segments.push(this.#open);
  }

  /** Takes over the segment of an image, whose packs name their files by their places in `files`; adds go there while it has room. */
  adopt(handle: SegmentHandle, files: readonly IndexId[]): void {
    for (const file of files) this.#files.numberOf(file);
    this.#open = Segment.attach(handle);
    this.#segments.push(this.#open);
  }

  /** What an image would hold; undefined when the index is no single segment or says something that an image cannot. */
  toImage(): { readonly segment: SegmentHandle; readonly files: readonly IndexId[] } | undefined {
    const [segment] = this.#segments;
    if (segment === undefined || this.#segments.length > 1 || this.#differing.size > 0 || !this.#files.areDistinct) return undefined;
    const handle = segment.share();
    return handle.gappy.size > 0 ? undefined : { segment: handle, files: [...this.#files.ids] };
  }

  /** Adds all packs of an index file. Blobs are found once it is finished, packs at once. */
  addAll(columns: IndexColumns, file: IndexId | undefined): void {
    for (let which = 0; which < columns.packs; which++) {
      const id = columns.packIds;
      const known = this.#segments.some(({ byPack }) => byPack.find(id, which * 32) >= 0);
      if (known) this.#addKnown(columns, which, file);
      else this.#append(columns, which, file);
    }
  }

  /** To be called when all is added: makes the blobs findable. What comes later goes to a segment of its own. */
  finish(): void {
    this.#open = undefined;
    for (const segment of this.#segments) segment.byBlob.include(segment.entries);
  }

  #append(columns: IndexColumns, which: number, file: IndexId | undefined): void {
    const entries = columns.packFirst[which + 1]! - columns.packFirst[which]!;
    if (this.#open === undefined || !this.#open.hasRoomFor(entries)) {
      const usual = Math.min(Math.max(FIRST_ENTRIES, this.size), ENTRIES_MAX);
      this.reserve({ entries: Math.max(usual, entries), packs: Math.ceil(usual / 8) });
    }
    this.#open!.append(columns, which, file === undefined ? undefined : this.#files.numberOf(file));
  }

  #addKnown(columns: IndexColumns, which: number, file: IndexId | undefined): void {
    const id = asId<"pack">(Buffer.from(columns.packIds.buffer, which * 32, 32).toString("hex"));
    const blobs = columns.blobsOf(which);
    const known = new Set(this.blobsOf(id).map(describe));
    const missing = blobs.filter((blob) => !known.has(describe(blob)));
    if (missing.length > 0 || known.size !== blobs.length) this.#differing.add(id);
    if (file !== undefined) this.addFile(id, file);
    if (missing.length === 0) return;
    const rest = new IndexColumns();
    rest.addPack(id, missing);
    this.#append(rest, 0, file);
  }

  #partsOf(id: PackId): Part[] {
    const parts: Part[] = [];
    if (!hexInto(id, this.#wanted, 0)) return parts;
    let base = 0;
    for (const segment of this.#segments) {
      const { byPack } = segment;
      for (let slot = byPack.find(this.#wanted, 0); slot >= 0; slot = byPack.findNext(slot)) {
        const pack = byPack.numberIn(slot);
        parts.push({ segment, pack, number: base + pack });
      }
      base += segment.packs;
    }
    return parts.length < 2 ? parts : parts.sort((a, b) => a.number - b.number);
  }

  *#allParts(): Iterable<Part> {
    let base = 0;
    for (const segment of this.#segments) {
      for (let pack = 0; pack < segment.packs; pack++) yield { segment, pack, number: base + pack };
      base += segment.packs;
    }
  }

  /** Memory held, for tests and benchmarks. */
  get bytes(): number {
    return this.view.bytes;
  }
}

function blobAt(segment: Segment, entry: number, pack: number): PackedBlob {
  return {
    type: segment.isTree(entry) ? "tree" : "data",
    id: asId<"blob">(segment.byBlob.hexOf(entry)),
    offset: segment.offsetOf(entry, pack),
    length: segment.lengthOf(entry),
    uncompressedLength: segment.uncompressedLengthOf(entry),
  };
}

function describe(blob: PackedBlob): string {
  return `${blob.type} ${blob.id} ${blob.offset} ${blob.length} ${blob.uncompressedLength}`;
}
