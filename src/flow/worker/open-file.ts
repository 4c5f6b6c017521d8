import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";

// O_NONBLOCK: a fifo put where the file was must not block the worker for ever. It has no effect on regular files.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const NO_ATIME = (constants as { O_NOATIME?: number }).O_NOATIME ?? 0;

/** A regular file open for reading. */
export class OpenFile implements Disposable {
  readonly size: number;
  private readonly fd: number;

  constructor(path: Bytes) {
    this.fd = open(asBuffer(path));
    try {
      const stat = fstatSync(this.fd);
      if (!stat.isFile()) throw Object.assign(new Error("changed its type, not a regular file any more"), { code: "" });
      this.size = stat.size;
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  /** Fills `target` as far as the file goes; the bytes read, fewer than asked for only at the file's end. */
  read(target: Bytes): number {
    let filled = 0;
    while (filled < target.length) {
      const length = readSync(this.fd, target, filled, target.length - filled, null);
      if (length === 0) break;
      filled += length;
    }
    return filled;
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

function open(path: Buffer): number {
  if (NO_ATIME === 0) return openSync(path, FLAGS);
  try {
    return openSync(path, FLAGS | NO_ATIME);
  } catch (error) {
    // Only the owner may leave the access time alone.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
    return openSync(path, FLAGS);
  }
}
