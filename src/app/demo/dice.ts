import { createCipheriv, createHash } from "node:crypto";
import type { Bytes } from "../../base/bytes.ts";

/** An endless stream of bytes that looks random and is the same for the same seed: the repository it keys is thrown away. */
export function seededBytes(seed: string): (length: number) => Bytes {
  const key = createHash("sha256").update(seed).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (length) => stream.update(new Uint8Array(length));
}

/** What the demo leaves to chance: which files change, when and how much. */
export class Dice {
  readonly bytes: (length: number) => Bytes;

  constructor(seed: string) {
    this.bytes = seededBytes(seed);
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    const drawn = this.bytes(4);
    return Math.floor((new DataView(drawn.buffer, drawn.byteOffset).getUint32(0) / 2 ** 32) * bound);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Letters only, so that it compresses like text. */
  word(): string {
    return WORDS[this.below(WORDS.length)]!;
  }
}

const WORDS = (
  "accept account batch broken cache cancel client closed commit connect cursor daemon deadline deliver denied empty entry expired " +
  "failed fetch filter finished flush gateway handler header healthy idle import index invoice limit listen loaded locked mailer " +
  "missing notice offset opened order parcel pending poll queue rebuilt refused relay release reload reply retry route session " +
  "shard shipped signed skipped socket sorted started stock stored sweep thread timeout token update upload user vacuum warm worker"
).split(" ");
