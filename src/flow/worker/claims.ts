import type { Bytes } from "../../base/bytes.ts";
import { CLAIMS_MAX } from "../../base/limits.ts";
import type { BlobType } from "../../format/blob.ts";
import { SharedLock } from "./shared-lock.ts";

/** Claims on their way to another thread. */
export interface ClaimsHandle {
  readonly control: SharedArrayBuffer;
  readonly ids: SharedArrayBuffer;
  readonly next: SharedArrayBuffer;
  readonly heads: SharedArrayBuffer;
}

const LOCK = 0;
const LENGTH = 1;
const HEADS = 2;
const CONTROL_WORDS = 3;

const FIRST_HEADS = 1 << 10;
/** Claims per list head before the heads are doubled. */
const LOAD = 2;
const TREE = 1 << 31;
const NUMBER = 0x7fff_ffff;

/**
 * The blobs that are new in a run, so that each is stored by one thread only. Any thread may claim at any time.
 *
 * All memory is reserved at the start and costs nothing until it is written: 36 to 40 bytes for each claim. (A shared buffer that grows
 * would reserve the same, and typed arrays over one are five times slower.) Claims beyond the room are all granted and forgotten: such
 * a blob may be stored twice, which the format allows.
 */
export class Claims {
  private readonly control: Int32Array;
  private readonly ids: Uint32Array;
  /** Number of the next claim in a list, plus one; the highest bit says that this claim is for a tree. */
  private readonly next: Int32Array;
  private readonly heads: Int32Array;
  private readonly lock: SharedLock;
  private readonly capacity: number;
  private readonly wanted = new Uint32Array(8);
  private readonly wantedBytes = new Uint8Array(this.wanted.buffer);

  private constructor(handle: ClaimsHandle) {
    this.control = new Int32Array(handle.control);
    this.ids = new Uint32Array(handle.ids);
    this.next = new Int32Array(handle.next);
    this.heads = new Int32Array(handle.heads);
    this.capacity = this.next.length;
    this.lock = new SharedLock(this.control, LOCK);
  }

  /** A system that will not promise so much memory is asked for less. */
  static create(capacity = CLAIMS_MAX): ClaimsHandle {
    try {
      return Claims.reserve(capacity);
    } catch (error) {
      if (!(error instanceof RangeError) || capacity <= FIRST_HEADS) throw error;
      return Claims.create(capacity >>> 1);
    }
  }

  private static reserve(capacity: number): ClaimsHandle {
    const control = new SharedArrayBuffer(CONTROL_WORDS * 4);
    const heads = Math.max(FIRST_HEADS, 2 ** Math.ceil(Math.log2(capacity / LOAD)));
    new Int32Array(control)[HEADS] = FIRST_HEADS;
    return {
      control,
      ids: new SharedArrayBuffer(capacity * 32),
      next: new SharedArrayBuffer(capacity * 4),
      heads: new SharedArrayBuffer(heads * 4),
    };
  }

  static attach(handle: ClaimsHandle): Claims {
    return new Claims(handle);
  }

  /** True for the first who asks about this id of 32 bytes, and for nobody after. */
  claim(type: BlobType, id: Bytes): boolean {
    this.wantedBytes.set(id);
    this.lock.take();
    const isFirst = this.isFirst(type === "tree" ? TREE : 0);
    this.lock.giveBack();
    return isFirst;
  }

  get length(): number {
    return Atomics.load(this.control, LENGTH);
  }

  private isFirst(type: number): boolean {
    const { control, heads, next } = this;
    const length = control[LENGTH]!;
    if (length >= control[HEADS]! * LOAD && control[HEADS]! < heads.length) this.doubleHeads(length);
    const head = this.wanted[0]! & (control[HEADS]! - 1);
    for (let number = heads[head]!; number !== 0; number = next[number - 1]! & NUMBER) {
      if (this.isWanted(number - 1) && (next[number - 1]! & TREE) === type) return false;
    }
    if (length === this.capacity) return true;
    this.ids.set(this.wanted, length * 8);
    next[length] = heads[head]! | type;
    heads[head] = length + 1;
    control[LENGTH] = length + 1;
    return true;
  }

  private isWanted(number: number): boolean {
    const { ids, wanted } = this;
    const from = number * 8;
    for (let k = 0; k < 8; k++) if (ids[from + k] !== wanted[k]) return false;
    return true;
  }

  private doubleHeads(length: number): void {
    const { control, heads, next, ids } = this;
    const count = control[HEADS]! * 2;
    heads.fill(0, 0, count);
    for (let number = 0; number < length; number++) {
      const head = ids[number * 8]! & (count - 1);
      next[number] = heads[head]! | (next[number]! & TREE);
      heads[head] = number + 1;
    }
    control[HEADS] = count;
  }
}
