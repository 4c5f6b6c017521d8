import type { Blobs } from "./blobs.ts";
import { BYTES, FLOATS, INTEGERS, WORDS, Column } from "./column.ts";
import { Entries } from "./entries.ts";
import type { TreeEntry } from "./tree-entry.ts";

/**
 * new: written whole. update: `wanted` are the blobs that differ. same: content is right, metadata is restored. skip: left alone.
 * link: another name of an earlier file. missing: needs a thaw first. failed: cannot be restored, the reason is among the problems.
 */
export type FileState = "new" | "update" | "same" | "skip" | "link" | "missing" | "failed";

const STATES: readonly FileState[] = ["new", "update", "same", "skip", "link", "missing", "failed"];

/** A regular file is at its place: no holes are left in it, its old bytes would show through. */
export const EXISTED = 1;
/** That file has other names, which must keep what they have: it is replaced, not written into. */
export const SHARED = 2;
/** It was made, or taken over, in this run. */
export const CREATED = 4;

/** Something of it is lost or was repaired: whoever writes its last blob leaves its metadata to the main thread. */
export const SPOILT = 1;
/** It was told to have failed, and nothing is written to it any more. */
export const FAILED = 2;

/** What the threads that fill files know of them, and tell each other. */
export interface FilesView {
  readonly sizes: Float64Array<SharedArrayBuffer>;
  readonly flags: Uint8Array<SharedArrayBuffer>;
  /** 0, SPOILT or FAILED. */
  readonly fates: Uint8Array<SharedArrayBuffer>;
  /** Requests that a file still waits for. Counted down by whoever has written a request's last blob of it. */
  readonly waits: Int32Array<SharedArrayBuffer>;
}

/** The regular files of a snapshot, by number, in the order of its trees. */
export class Files {
  readonly entries = new Entries();
  readonly #blobs: Blobs;
  /** Blob numbers of all files, one after the other. */
  readonly #content = new Column(WORDS);
  readonly #ends = new Column(WORDS);
  readonly #sizes = new Column(FLOATS);
  readonly #nodeSizes = new Column(FLOATS);
  readonly #states = new Column(BYTES);
  readonly #flags = new Column(BYTES);
  readonly #fates = new Column(BYTES);
  readonly #waits = new Column(INTEGERS);
  readonly #links = new Map<number, number>();
  readonly #differing = new Map<number, readonly number[]>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  get length(): number {
    return this.entries.length;
  }

  /** One without a list of contents cannot be restored. */
  add(entry: TreeEntry, dir: number, trait: number): number {
    let size = 0;
    const whole = entry.eachBlob(this.#blobs, (blob) => {
      size += this.#blobs.lengthOf(blob);
      this.#content.push(blob);
    });
    this.#ends.push(this.#content.length);
    this.#sizes.push(size);
    this.#nodeSizes.push(entry.size());
    this.#states.push(STATES.indexOf(whole ? "new" : "failed"));
    this.#flags.push(0);
    this.#fates.push(0);
    this.#waits.push(0);
    return this.entries.add(entry, dir, trait);
  }

  /** Blob numbers in order. A view, good until the next `add`. */
  contentOf(file: number): Uint32Array {
    return this.#content.values.subarray(file === 0 ? 0 : this.#ends.values[file - 1], this.#ends.values[file]);
  }

  /** Sum of the content's lengths, which is what is written; the node's own size is not trusted. */
  sizeOf(file: number): number {
    return this.#sizes.values[file]!;
  }

  nodeSizeOf(file: number): bigint {
    return BigInt(this.#nodeSizes.values[file]!);
  }

  stateOf(file: number): FileState {
    return STATES[this.#states.values[file]!]!;
  }

  setState(file: number, state: FileState): void {
    this.#states.values[file] = STATES.indexOf(state);
  }

  has(file: number, flag: number): boolean {
    return (this.#flags.values[file]! & flag) !== 0;
  }

  setFlag(file: number, flag: number): void {
    this.#flags.values[file]! |= flag;
  }

  /** Another name of `first`. */
  setLink(file: number, first: number): void {
    this.setState(file, "link");
    this.#links.set(file, first);
  }

  firstNameOf(file: number): number {
    return this.#links.get(file)!;
  }

  /** Only these positions of its content are to be written. */
  setUpdate(file: number, differing: readonly number[]): void {
    this.setState(file, "update");
    this.#differing.set(file, differing);
  }

  /** Positions in `contentOf` to fetch; all of them for a new file. */
  wantedOf(file: number): Iterable<number> {
    return this.#differing.get(file) ?? this.contentOf(file).keys();
  }

  isNew(file: number): boolean {
    return this.#states.values[file] === 0;
  }

  /** Whether something is to be written of it. */
  isWritten(file: number): boolean {
    return this.#states.values[file]! <= 1;
  }

  fateOf(file: number): number {
    return this.#fates.values[file]!;
  }

  hasFailed(file: number): boolean {
    return this.#fates.values[file] === FAILED;
  }

  /** A failure stays one. */
  setFate(file: number, fate: number): void {
    if (this.#fates.values[file]! < fate) this.#fates.values[file] = fate;
  }

  /** Adds a request that the file waits for, or takes one away; how many there are now. */
  addWait(file: number, count: 1 | -1): number {
    return Atomics.add(this.#waits.values, file, count) + count;
  }

  waitsOf(file: number): number {
    return Atomics.load(this.#waits.values, file);
  }

  /** When all are there. */
  view(): FilesView {
    return { sizes: this.#sizes.values, flags: this.#flags.values, fates: this.#fates.values, waits: this.#waits.values };
  }
}
