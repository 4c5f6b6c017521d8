import { createHash } from "node:crypto";

// restic-format §8 read aloud, one byte after the other, with tables made by polynomial division. Slow; nothing of it is the program's.

const WINDOW = 64;
const MIN = 524_288;
const MAX = 8_388_608;
const MASK = 0xfffff;

export interface Chunk {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The chunks of a file. */
export class SlowChunker {
  /** The tables' 64-bit entries as upper and lower halves. */
  private readonly out: Halves;
  private readonly mod: Halves;

  constructor(polynomial: bigint) {
    this.out = halves((b) => remainder(b << BigInt(8 * (WINDOW - 1)), polynomial));
    this.mod = halves((b) => remainder(b << 53n, polynomial) | (b << 53n));
  }

  chunks(data: Uint8Array): Chunk[] {
    const chunks: Chunk[] = [];
    for (let start = 0; start < data.length;) {
      const bytes = data.subarray(start, start + this.firstChunk(data.subarray(start)));
      chunks.push({ id: createHash("sha256").update(bytes).digest("hex"), bytes });
      start += bytes.length;
    }
    return chunks;
  }

  /** Length of the chunk at the start of `data`. */
  private firstChunk(data: Uint8Array): number {
    const window = new Uint8Array(WINDOW);
    window[0] = 1;
    let position = 1;
    let high = 0;
    let low = 1;
    for (let length = MIN - WINDOW; length < data.length;) {
      const entering = data[length]!;
      const leaving = window[position]!;
      window[position] = entering;
      position = (position + 1) % WINDOW;
      high ^= this.out.high[leaving]!;
      low ^= this.out.low[leaving]!;
      const top = high >>> 13;
      high = ((high << 8) | (low >>> 24)) ^ this.mod.high[top]!;
      low = ((low << 8) | entering) ^ this.mod.low[top]!;
      length++;
      if (((low & MASK) === 0 || length >= MAX) && length >= MIN) return length;
    }
    return data.length;
  }
}

interface Halves {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

function halves(entry: (byte: bigint) => bigint): Halves {
  const entries = Array.from({ length: 256 }, (_, b) => entry(BigInt(b)));
  return {
    high: Int32Array.from(entries, (value) => Number(value >> 32n)),
    low: Int32Array.from(entries, (value) => Number(BigInt.asIntN(32, value))),
  };
}

function remainder(value: bigint, polynomial: bigint): bigint {
  const degree = polynomial.toString(2).length;
  for (let length = value.toString(2).length; length >= degree && value !== 0n; length = value.toString(2).length) {
    value ^= polynomial << BigInt(length - degree);
  }
  return value;
}
