import { asBuffer, type Bytes } from "../../base/bytes.ts";

// A plan's rows, by column, in memory that every thread sees. A million files are some 150 MB this way; as objects they were 2.4 GB, and
// the garbage collector walked through them again and again.

type Numbers =
  | Uint8Array<SharedArrayBuffer>
  | Uint32Array<SharedArrayBuffer>
  | Int32Array<SharedArrayBuffer>
  | Float64Array<SharedArrayBuffer>;

interface Kind<A extends Numbers> {
  readonly width: number;
  over(room: SharedArrayBuffer): A;
}

export const BYTES: Kind<Uint8Array<SharedArrayBuffer>> = { width: 1, over: (room) => new Uint8Array(room) };
export const WORDS: Kind<Uint32Array<SharedArrayBuffer>> = { width: 4, over: (room) => new Uint32Array(room) };
export const INTEGERS: Kind<Int32Array<SharedArrayBuffer>> = { width: 4, over: (room) => new Int32Array(room) };
export const FLOATS: Kind<Float64Array<SharedArrayBuffer>> = { width: 8, over: (room) => new Float64Array(room) };

const FIRST_ROOM = 64;

/** Numbers of one kind, one after the other. */
export class Column<A extends Numbers> {
  readonly #kind: Kind<A>;
  /** With room for more than `length`; another array after the next `push`. */
  values: A;
  length = 0;

  constructor(kind: Kind<A>) {
    this.#kind = kind;
    this.values = roomFor(kind, FIRST_ROOM);
  }

  /** The position of the new value. */
  push(value: number): number {
    if (this.length === this.values.length) this.#grow(this.length * 2);
    this.values[this.length] = value;
    return this.length++;
  }

  #grow(length: number): void {
    const larger = roomFor(this.#kind, length);
    larger.set(this.values);
    this.values = larger;
  }
}

export function roomFor<A extends Numbers>(kind: Kind<A>, length: number): A {
  return kind.over(new SharedArrayBuffer(length * kind.width));
}

export interface RunsView {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly ends: Uint32Array<SharedArrayBuffer>;
}

/** Byte strings, one after the other. */
export class Runs {
  #bytes = roomFor(BYTES, 1024);
  #length = 0;
  readonly #ends = new Column(WORDS);

  push(run: Bytes): void {
    const end = this.#length + run.length;
    if (end > this.#bytes.length) {
      const larger = roomFor(BYTES, Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(run, this.#length);
    this.#length = end;
    this.#ends.push(end);
  }

  view(): RunsView {
    return { bytes: this.#bytes, ends: this.#ends.values };
  }
}

/** A view, not a copy. */
export function runAt({ bytes, ends }: RunsView, at: number): Buffer {
  return asBuffer(bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at]));
}
