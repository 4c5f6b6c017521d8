import type { Bytes } from "../../base/bytes.ts";

/**
 * restic-format §8 read aloud: a window of 64 bytes with a 1 slid in, tables by polynomial division, one byte after the other.
 * Slow; the tests hold the kernel against it.
 */
export class SlowRabin {
  private readonly out: bigint[];
  private readonly mod: bigint[];
  private window = new Uint8Array(64);
  private position = 0;
  digest = 0n;

  constructor(polynomial: bigint) {
    this.out = Array.from({ length: 256 }, (_, b) => remainder(BigInt(b) << (8n * 63n), polynomial));
    this.mod = Array.from({ length: 256 }, (_, b) => remainder(BigInt(b) << 53n, polynomial) | (BigInt(b) << 53n));
    this.reset();
  }

  reset(): void {
    this.window = new Uint8Array(64);
    this.position = 0;
    this.digest = 0n;
    this.slide(1);
  }

  slide(byte: number): void {
    const leaving = this.window[this.position] ?? 0;
    this.window[this.position] = byte;
    this.position = (this.position + 1) % 64;
    this.digest ^= this.out[leaving] ?? 0n;
    const index = Number(this.digest >> 45n);
    this.digest = ((this.digest << 8n) | BigInt(byte)) ^ (this.mod[index] ?? 0n);
  }
}

/** Lengths of the chunks of `data`, by the letter. */
export function slowChunkLengths(data: Bytes, polynomial: bigint, limits: { min: number; max: number; mask: bigint }): number[] {
  const rabin = new SlowRabin(polynomial);
  const lengths: number[] = [];
  let start = 0;
  while (start < data.length) {
    rabin.reset();
    let at = Math.min(start + limits.min - 64, data.length);
    while (at < data.length) {
      rabin.slide(data[at] ?? 0);
      at++;
      const length = at - start;
      if (((rabin.digest & limits.mask) === 0n || length >= limits.max) && length >= limits.min) break;
    }
    lengths.push(at - start);
    start = at;
  }
  return lengths;
}

function remainder(value: bigint, polynomial: bigint): bigint {
  const degree = bitLength(polynomial);
  for (let length = bitLength(value); length >= degree; length = bitLength(value)) {
    value ^= polynomial << BigInt(length - degree);
  }
  return value;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
