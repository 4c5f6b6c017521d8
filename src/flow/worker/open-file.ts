import type { Bytes } from "../../base/bytes.ts";
import { closeFile, openForRead, readInto } from "../../source/posix/read-file.ts";

/** A regular file open for reading. */
export class OpenFile implements Disposable {
  readonly size: number;
  private readonly fd: number;

  constructor(path: Bytes) {
    const { fd, stat } = openForRead(path);
    this.fd = fd;
    this.size = Number(stat.size);
  }

  /** Fills `target` as far as the file goes; the bytes read, fewer than asked for only at the file's end. */
  read(target: Bytes): number {
    let filled = 0;
    while (filled < target.length) {
      const length = readInto(this.fd, target.subarray(filled));
      if (length === 0) break;
      filled += length;
    }
    return filled;
  }

  [Symbol.dispose](): void {
    closeFile(this.fd);
  }
}
