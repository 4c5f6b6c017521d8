import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Bytes } from "../../base/bytes.ts";
import { CHECK_PIECE_BYTES, SCRATCH_MAX } from "../../base/limits.ts";
import type { Permits } from "../crew/permits.ts";

/** A pack to be read from front to end. */
export interface PackBytes {
  readonly size: number;
  /** What is read is a copy that may be written to. */
  readonly isCopy: boolean;
  /** Exactly so many bytes, good until the next call. */
  read(offset: number, length: number): Bytes;
}

export function packInMemory(bytes: Bytes): PackBytes {
  return { size: bytes.length, isCopy: false, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A file could not be read, or ended too soon. Whoever asks the store for it will learn why. */
export class UnreadableError extends Error {}

/** Reads packs from files, one after the other, through the same memory; no more of them at a time than there are permits for reading. */
export class PackFiles {
  readonly #permits: Permits;
  readonly #memory = new Room();

  constructor(permits: Permits) {
    this.#permits = permits;
  }

  /** Throws UnreadableError. */
  open<T>(path: string, use: (pack: PackBytes) => T): T {
    const fd = orUnreadable(() => openSync(path, "r"));
    try {
      const { size } = orUnreadable(() => fstatSync(fd));
      return use({ size, isCopy: true, read: (offset, length) => this.#read(fd, offset, length) });
    } finally {
      closeSync(fd);
    }
  }

  #read(fd: number, offset: number, length: number): Bytes {
    const into = this.#memory.of(length);
    this.#permits.hold(() => {
      for (let done = 0; done < length;) {
        const count = orUnreadable(() => readSync(fd, into, done, length - done, offset + done));
        if (count === 0) throw new UnreadableError("the file ends");
        done += count;
      }
    });
    return into;
  }
}

function orUnreadable<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new UnreadableError("the file cannot be read", { cause });
  }
}

/** Memory that is used again and again; what is unusually large is not kept. */
export class Room {
  #kept: Bytes = new Uint8Array(0);

  /** Exactly so many bytes, holding anything; good until the next call. */
  of(length: number): Bytes {
    if (length > SCRATCH_MAX) return Buffer.allocUnsafeSlow(length);
    if (length > this.#kept.length) this.#kept = Buffer.allocUnsafeSlow(Math.ceil(length / CHECK_PIECE_BYTES) * CHECK_PIECE_BYTES);
    return this.#kept.subarray(0, length);
  }
}
