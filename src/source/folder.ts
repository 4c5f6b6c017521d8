import type { Bytes } from "../base/bytes.ts";
import { joinName } from "./path.ts";
import type { SourceXattr } from "./source-stat.ts";
import type { StatFields } from "./stat-fields.ts";

/** What the listing itself says of an entry, without a stat call. */
export const LISTED_UNKNOWN = 0;
export const LISTED_DIRECTORY = 4;

/** Bytes in front of each name: what the listing calls the entry (one), the name's length (two). */
export const NAME_HEAD = 3;

/** A directory that has been listed: its names in tree order, and the questions a backup asks of each entry. */
export interface Folder {
  readonly path: Bytes;
  readonly count: number;
  /** The names, back to back, each ended by a NUL; good until the folder is closed. */
  readonly names: Bytes;
  /** Where the name of entry i starts in `names`, in tree order. */
  startOf(i: number): number;
  lengthOf(i: number): number;
  /** A name of its own. */
  nameOf(i: number): Bytes;
  pathOf(i: number): Bytes;
  /** The listing calls it a directory. Not asked, but told: false where the system does not say. */
  isListedDirectory(i: number): boolean;
  /** False when there is no such entry any more. Throws PosixError. */
  stat(i: number, into: StatFields): boolean;
  readLink(i: number): Bytes;
  /** In the order the system lists them; what cannot be read is told and left out. Throws PosixError when they cannot even be listed. */
  xattrs(i: number, warn: (error: Error, name: Bytes) => void): readonly SourceXattr[];
  close(): void;
}

/** Opens directories one inside the other. */
export interface FolderReader {
  /** Lists the directory. Throws PosixError when that is not possible. */
  open(path: Bytes): Folder;
}

const ROOM_FIRST = 4096;
/** Room for names that is kept for the next directory; of the largest nobody should be reminded for the rest of a run. */
const ROOM_KEPT = 1024 * 1024;

/** Names of one directory in one piece of memory, sorted bytewise. Made to be filled again and again. */
export class NameList {
  bytes: Buffer = Buffer.allocUnsafeSlow(ROOM_FIRST);
  starts: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  count = 0;
  private used = 0;
  private spare: Uint32Array<ArrayBuffer> = new Uint32Array(0);

  clear(): void {
    this.count = 0;
    this.used = 0;
    if (this.bytes.length <= ROOM_KEPT) return;
    this.bytes = Buffer.allocUnsafeSlow(ROOM_FIRST);
    this.starts = new Uint32Array(64);
    this.spare = new Uint32Array(0);
  }

  /** Adds the name that lies in `from`. */
  add(from: Bytes, start: number, end: number, listedAs: number): void {
    const length = end - start;
    const at = this.used + NAME_HEAD;
    if (at + length + 1 > this.bytes.length) this.grow(at + length + 1);
    if (this.count === this.starts.length) this.starts = longer(this.starts, this.count * 2);
    const { bytes } = this;
    bytes[at - 3] = listedAs;
    bytes[at - 2] = length & 0xff;
    bytes[at - 1] = length >>> 8;
    for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]!;
    bytes[at + length] = 0;
    this.starts[this.count++] = at;
    this.used = at + length + 1;
  }

  /**
   * By bytes, a prefix first: the NUL at the end of each name sees to that. By hand because a comparing callback costs 60 ns, and
   * names as strings cost 150 ns each to make.
   */
  sort(): void {
    const { count } = this;
    if (this.spare.length < count) this.spare = new Uint32Array(this.starts.length);
    mergeSort(this.starts, this.spare, 0, count, this.bytes);
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}

const INSERTION_BELOW = 12;

function mergeSort(starts: Uint32Array, spare: Uint32Array, from: number, to: number, bytes: Bytes): void {
  if (to - from < INSERTION_BELOW) {
    insertionSort(starts, from, to, bytes);
    return;
  }
  const middle = (from + to) >>> 1;
  mergeSort(starts, spare, from, middle, bytes);
  mergeSort(starts, spare, middle, to, bytes);
  if (compareNames(bytes, starts[middle - 1]!, starts[middle]!) <= 0) return;
  spare.set(starts.subarray(from, middle), from);
  for (let at = from, left = from, right = middle; left < middle; at++) {
    const takeLeft = right === to || compareNames(bytes, spare[left]!, starts[right]!) <= 0;
    starts[at] = takeLeft ? spare[left++]! : starts[right++]!;
  }
}

function insertionSort(starts: Uint32Array, from: number, to: number, bytes: Bytes): void {
  for (let i = from + 1; i < to; i++) {
    const start = starts[i]!;
    let at = i;
    while (at > from && compareNames(bytes, starts[at - 1]!, start) > 0) {
      starts[at] = starts[at - 1]!;
      at--;
    }
    starts[at] = start;
  }
}

function compareNames(bytes: Bytes, a: number, b: number): number {
  for (let i = 0; ; i++) {
    const byte = bytes[a + i]!;
    const order = byte - bytes[b + i]!;
    if (order !== 0 || byte === 0) return order;
  }
}

function longer(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(length);
  grown.set(array);
  return grown;
}

/** What every folder says by its list of names alone. */
export abstract class ListedFolder {
  path: Bytes = Buffer.alloc(0);
  protected readonly list = new NameList();

  get count(): number {
    return this.list.count;
  }

  get names(): Bytes {
    return this.list.bytes;
  }

  startOf(i: number): number {
    return this.list.starts[i]!;
  }

  lengthOf(i: number): number {
    const at = this.list.starts[i]!;
    return this.list.bytes[at - 2]! | (this.list.bytes[at - 1]! << 8);
  }

  nameOf(i: number): Bytes {
    const start = this.startOf(i);
    return Buffer.from(this.list.bytes.subarray(start, start + this.lengthOf(i)));
  }

  pathOf(i: number): Bytes {
    const start = this.startOf(i);
    return joinName(this.path, this.list.bytes.subarray(start, start + this.lengthOf(i)));
  }

  isListedDirectory(i: number): boolean {
    return this.list.bytes[this.startOf(i) - NAME_HEAD] === LISTED_DIRECTORY;
  }
}
