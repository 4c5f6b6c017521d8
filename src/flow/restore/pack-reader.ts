import type { Bytes } from "../../base/bytes.ts";
import { RESTORE_READ_WINDOW } from "../../base/limits.ts";
import { constants, openSync } from "node:fs";
import { closeFile, readInto } from "../../source/posix/read-file.ts";

/** The file ended, or could not be read. */
export class UnreadableError extends Error {}

/** Gives the boxes of one pack after the other, in the order of their offsets. */
export interface Boxes {
  /** Good until the next one is asked for. Throws UnreadableError. */
  at(offset: number, length: number): Bytes;
  close(): void;
}

export function boxesIn(bytes: Bytes, base: number): Boxes {
  return { at: (offset, length) => bytes.subarray(offset - base, offset - base + length), close: () => undefined };
}

/** Reads pack files through one window that stays in the processor's cache, where whole requests would be memory by the dozen megabytes. */
export class PackReader {
  #room = Buffer.alloc(0);

  /** `end`: where the last box that will be asked for ends. */
  open(path: string, end: number): Boxes {
    const fd = attempt(() => openSync(path, constants.O_RDONLY));
    let start = 0;
    let filled = 0;
    return {
      at: (offset, length) => {
        if (offset < start || offset + length > start + filled) {
          start = offset;
          filled = this.#fill(fd, offset, Math.max(length, Math.min(RESTORE_READ_WINDOW, end - offset)));
          if (filled < length) throw new UnreadableError();
        }
        return this.#room.subarray(offset - start, offset - start + length);
      },
      close: () => closeFile(fd),
    };
  }

  #fill(fd: number, offset: number, length: number): number {
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(Math.max(length, RESTORE_READ_WINDOW));
    let filled = 0;
    while (filled < length) {
      const count = attempt(() => readInto(fd, this.#room.subarray(filled, length), offset + filled));
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }
}

function attempt<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw new UnreadableError("", { cause });
  }
}
