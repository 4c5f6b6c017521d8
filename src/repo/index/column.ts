/** Values per chunk: growing costs at most one chunk of unused memory, and nothing is ever copied to a larger array. */
const CHUNK_BITS = 13;
export const CHUNK = 1 << CHUNK_BITS;
export const CHUNK_MASK = CHUNK - 1;

export function chunkOf(at: number): number {
  return at >>> CHUNK_BITS;
}

/** A list of 32-bit unsigned numbers that grows without copying. */
export class Column {
  readonly #chunks: Uint32Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length++;
    if ((at & CHUNK_MASK) === 0) this.#chunks.push(new Uint32Array(CHUNK));
    this.#chunks[chunkOf(at)]![at & CHUNK_MASK] = value;
  }

  get(at: number): number {
    return this.#chunks[chunkOf(at)]![at & CHUNK_MASK]!;
  }

  set(at: number, value: number): void {
    this.#chunks[chunkOf(at)]![at & CHUNK_MASK] = value;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK * 4;
  }
}

/** A list of yes and no, one bit each. */
export class BitColumn {
  readonly #chunks: Uint32Array[] = [];
  #length = 0;

  push(value: boolean): void {
    const at = this.#length++;
    if ((at & CHUNK_MASK) === 0) this.#chunks.push(new Uint32Array(CHUNK / 32));
    if (value) this.#chunks[chunkOf(at)]![(at & CHUNK_MASK) >>> 5]! |= 1 << (at & 31);
  }

  get(at: number): boolean {
    return ((this.#chunks[chunkOf(at)]![(at & CHUNK_MASK) >>> 5]! >>> (at & 31)) & 1) === 1;
  }

  get bytes(): number {
    return this.#chunks.length * (CHUNK / 8);
  }
}
