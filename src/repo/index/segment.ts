import type { Bytes } from "../../base/bytes.ts";
import type { IndexColumns } from "../../format/index-columns.ts";
import { headerEntryLength, writeHeaderEntry } from "../../format/pack-header.ts";
import { IdSlots } from "./id-slots.ts";

/** The offset of every so many entries is kept; those between follow by adding lengths. */
const OFFSET_STEP = 64;
const BOX_OVERHEAD = 32;
const NO_FILE = 0xffff_ffff;

/** How much a segment can hold. What is not used costs nothing: the system gives memory when it is first written. */
export interface SegmentRoom {
  readonly entries: number;
  readonly packs: number;
}

/** How much is in a segment. */
export interface SegmentSize extends SegmentRoom {
  readonly entrySlots: number;
  readonly packSlots: number;
}

/** What another thread needs to read a segment. */
export interface SegmentHandle {
  readonly entries: number;
  readonly packs: number;
  readonly columns: SegmentColumns;
  readonly entrySlots: SharedArrayBuffer;
  readonly packSlots: SharedArrayBuffer;
  /** Offsets of the entries of packs that are listed with gaps (a damaged or foreign index). */
  readonly gappy: ReadonlyMap<number, Uint32Array>;
}

interface SegmentColumns {
  readonly ids: SharedArrayBuffer;
  readonly lengths: SharedArrayBuffer;
  readonly uncompressed: SharedArrayBuffer;
  readonly trees: SharedArrayBuffer;
  readonly offsets: SharedArrayBuffer;
  readonly packIds: SharedArrayBuffer;
  readonly packFirst: SharedArrayBuffer;
  readonly packFiles: SharedArrayBuffer;
  readonly packTrees: SharedArrayBuffer;
}

function newColumns({ entries, packs }: SegmentRoom): SegmentColumns {
  return {
    ids: new SharedArrayBuffer(entries * 32),
    lengths: new SharedArrayBuffer(entries * 4),
    uncompressed: new SharedArrayBuffer(entries * 4),
    trees: new SharedArrayBuffer(Math.ceil(entries / 32) * 4),
    offsets: new SharedArrayBuffer(Math.ceil(entries / OFFSET_STEP) * 4),
    packIds: new SharedArrayBuffer(packs * 32),
    packFirst: new SharedArrayBuffer((packs + 1) * 4),
    packFiles: new SharedArrayBuffer(packs * 4),
    packTrees: new SharedArrayBuffer(packs),
  };
}

/** A segment of so much, with room for more, whose memory somebody else fills. */
export function emptyHandle(size: SegmentSize, more: SegmentRoom): SegmentHandle {
  return {
    entries: size.entries,
    packs: size.packs,
    columns: newColumns({ entries: size.entries + more.entries, packs: size.packs + more.packs }),
    entrySlots: new SharedArrayBuffer(size.entrySlots * 4),
    packSlots: new SharedArrayBuffer(size.packSlots * 4),
    gappy: new Map(),
  };
}

/** The memory of a segment without the room for more, always in the same order. */
export function partsOf({ entries, packs, columns, entrySlots, packSlots }: SegmentHandle): Uint8Array[] {
  return [
    new Uint8Array(columns.ids, 0, entries * 32),
    new Uint8Array(columns.lengths, 0, entries * 4),
    new Uint8Array(columns.uncompressed, 0, entries * 4),
    new Uint8Array(columns.trees, 0, Math.ceil(entries / 32) * 4),
    new Uint8Array(columns.offsets, 0, Math.ceil(entries / OFFSET_STEP) * 4),
    new Uint8Array(columns.packIds, 0, packs * 32),
    new Uint8Array(columns.packFirst, 0, (packs + 1) * 4),
    new Uint8Array(columns.packFiles, 0, packs * 4),
    new Uint8Array(columns.packTrees, 0, packs),
    new Uint8Array(entrySlots),
    new Uint8Array(packSlots),
  ];
}

/**
 * A run of packs and their entries in columns of shared memory: 46 bytes for each entry and 46 for each pack, slots included. Entries of
 * a pack lie together in the order of their offsets; blobs in a pack leave no gaps (restic-format §3), so an offset is the sum of the
 * lengths before it.
 */
export class Segment {
  readonly room: SegmentRoom;
  /** By blob id; its numbers are entries of this segment. */
  readonly byBlob: IdSlots;
  /** By pack id; its numbers are packs of this segment. A pack that was listed in several ways has several. */
  readonly byPack: IdSlots;
  readonly #columns: SegmentColumns;
  readonly #ids: Uint8Array;
  readonly #lengths: Uint32Array;
  readonly #uncompressed: Uint32Array;
  readonly #trees: Uint32Array;
  readonly #offsets: Uint32Array;
  readonly #packIds: Uint8Array;
  readonly #packFirst: Uint32Array;
  readonly #packFiles: Uint32Array;
  readonly #packTrees: Uint8Array;
  readonly #gappy: Map<number, Uint32Array>;

  private constructor(columns: SegmentColumns, byBlob: IdSlots, byPack: IdSlots, gappy: Map<number, Uint32Array>) {
    this.#columns = columns;
    this.byBlob = byBlob;
    this.byPack = byPack;
    this.#gappy = gappy;
    this.#ids = new Uint8Array(columns.ids);
    this.#lengths = new Uint32Array(columns.lengths);
    this.#uncompressed = new Uint32Array(columns.uncompressed);
    this.#trees = new Uint32Array(columns.trees);
    this.#offsets = new Uint32Array(columns.offsets);
    this.#packIds = new Uint8Array(columns.packIds);
    this.#packFirst = new Uint32Array(columns.packFirst);
    this.#packFiles = new Uint32Array(columns.packFiles);
    this.#packTrees = new Uint8Array(columns.packTrees);
    this.room = { entries: this.#lengths.length, packs: this.#packFiles.length };
  }

  static create(room: SegmentRoom): Segment {
    const columns = newColumns(room);
    return new Segment(columns, IdSlots.over(columns.ids), IdSlots.over(columns.packIds), new Map());
  }

  static attach(handle: SegmentHandle): Segment {
    const { columns, entries, packs, entrySlots, packSlots, gappy } = handle;
    const byBlob = IdSlots.over(columns.ids, entries, entrySlots);
    return new Segment(columns, byBlob, IdSlots.over(columns.packIds, packs, packSlots), new Map(gappy));
  }

  /** Nothing may be added to the segment any more. */
  share(): SegmentHandle {
    return {
      entries: this.entries,
      packs: this.packs,
      columns: this.#columns,
      entrySlots: this.byBlob.share(),
      packSlots: this.byPack.share(),
      gappy: this.#gappy,
    };
  }

  get entries(): number {
    return this.#packFirst[this.packs]!;
  }

  get packs(): number {
    return this.byPack.length;
  }

  hasRoomFor(entries: number): boolean {
    return this.packs < this.room.packs && this.entries + entries <= this.room.entries;
  }

  /** Adds a pack of `from`, there being room. Its blobs can be found once `byBlob` is brought up to date. */
  append(from: IndexColumns, which: number, file: number | undefined): void {
    const pack = this.packs;
    const at = this.entries;
    const first = from.packFirst[which]!;
    const end = from.packFirst[which + 1]!;
    this.#packIds.set(from.packIds.subarray(which * 32, which * 32 + 32), pack * 32);
    this.#packFiles[pack] = file ?? NO_FILE;
    this.#ids.set(from.ids.subarray(first * 32, end * 32), at * 32);
    this.#lengths.set(from.lengths.subarray(first, end), at);
    this.#uncompressed.set(from.uncompressed.subarray(first, end), at);
    let gapless = true;
    for (let k = first, next = 0, to = at; k < end; k++, to++) {
      const offset = from.offsets[k]!;
      if (to % OFFSET_STEP === 0) this.#offsets[to / OFFSET_STEP] = offset;
      if (offset !== next) gapless = false;
      next = offset + from.lengths[k]!;
      if (from.trees[k] === 1) {
        this.#trees[to >>> 5]! |= 1 << (to & 31);
        this.#packTrees[pack] = 1;
      }
    }
    if (!gapless) this.#gappy.set(pack, from.offsets.slice(first, end));
    this.#packFirst[pack + 1] = at + (end - first);
    this.byPack.include(pack + 1);
  }

  isTree(entry: number): boolean {
    return ((this.#trees[entry >>> 5]! >>> (entry & 31)) & 1) === 1;
  }

  lengthOf(entry: number): number {
    return this.#lengths[entry]!;
  }

  /** 0 when the blob is stored as it is. */
  uncompressedLengthOf(entry: number): number {
    return this.#uncompressed[entry]!;
  }

  plaintextLengthOf(entry: number): number {
    return this.#uncompressed[entry]! || this.#lengths[entry]! - BOX_OVERHEAD;
  }

  offsetOf(entry: number, pack: number): number {
    const first = this.#packFirst[pack]!;
    const exception = this.#gappy.get(pack);
    if (exception !== undefined) return exception[entry - first]!;
    const step = entry - (entry % OFFSET_STEP);
    let offset = step >= first ? this.#offsets[step / OFFSET_STEP]! : 0;
    for (let k = Math.max(step, first); k < entry; k++) offset += this.#lengths[k]!;
    return offset;
  }

  /** The plaintext of the header that a pack must have (restic-format §3); undefined when its blobs leave gaps. */
  headerOf(pack: number): Bytes | undefined {
    if (this.#gappy.has(pack)) return undefined;
    const [first, end] = [this.firstEntryOf(pack), this.endEntryOf(pack)];
    let size = 0;
    for (let entry = first; entry < end; entry++) size += headerEntryLength(this.#uncompressed[entry] !== 0);
    const header = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (let entry = first; entry < end; entry++) {
      const type = this.isTree(entry) ? "tree" : "data";
      const facts = { type, length: this.#lengths[entry]!, uncompressedLength: this.#uncompressed[entry]! } as const;
      at = writeHeaderEntry(header, at, facts, this.#ids.subarray(entry * 32, entry * 32 + 32));
    }
    return header;
  }

  /** The pack an entry belongs to. */
  packOf(entry: number): number {
    let low = 0;
    let high = this.packs - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#packFirst[middle]! <= entry) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  firstEntryOf(pack: number): number {
    return this.#packFirst[pack]!;
  }

  endEntryOf(pack: number): number {
    return this.#packFirst[pack + 1]!;
  }

  packHasTree(pack: number): boolean {
    return this.#packTrees[pack] === 1;
  }

  /** Number of the index file that lists a pack; undefined while none does. */
  fileOf(pack: number): number | undefined {
    const file = this.#packFiles[pack]!;
    return file === NO_FILE ? undefined : file;
  }

  setFile(pack: number, file: number): void {
    this.#packFiles[pack] = file;
  }

  /** Memory in use. */
  get bytes(): number {
    const entries = this.entries * (32 + 4 + 4 + 1 / 8 + 4 / OFFSET_STEP) + this.byBlob.bytes;
    return entries + this.packs * (32 + 4 + 4 + 1) + this.byPack.bytes;
  }
}
