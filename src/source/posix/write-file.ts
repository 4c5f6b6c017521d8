import { constants, ftruncateSync, openSync, writeSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { libc } from "./libc.ts";
import { PRIVATE_FILE } from "./make.ts";
import { fromFsError, posixCall, PosixError } from "./posix-error.ts";
import { closeFile } from "./read-file.ts";
import { setFileTimes } from "./set-metadata.ts";
import { fstat } from "./stat.ts";

/** A constant that the platform lacks counts as 0 among the bits. O_NONBLOCK keeps a fifo in the file's place from blocking the open; it means nothing on a regular file. */
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
const FALLOC_FL_KEEP_SIZE = 1;

/** Creates a file that must not exist yet, unless told otherwise readable by its owner only. */
export function createNewFile(path: Bytes, mode: number = PRIVATE_FILE): number {
  return posixCall("open", path, () => openSync(asBuffer(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
}

/** When a file was last read and changed: seconds, and the nanoseconds beyond them. */
export interface FileTimes {
  readonly atime: number;
  readonly atimeNs: number;
  readonly mtime: number;
  readonly mtimeNs: number;
}

/** Creates, fills, dates and closes a file; false when something is there. Four system calls and hardly anything between them. */
export function writeNewFile(path: Bytes, mode: number, data: Bytes, times: FileTimes): boolean {
  let op = "open";
  let fd = -1;
  try {
    fd = openSync(asBuffer(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    op = "write";
    for (let done = 0; done < data.length;) done += writeSync(fd, data, done, data.length - done, done);
    setFileTimes(fd, times.atime, times.atimeNs, times.mtime, times.mtimeNs);
    return true;
  } catch (thrown) {
    if (op === "open" && (thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fromFsError(op, path, thrown);
  } finally {
    if (fd !== -1) closeFile(fd);
  }
}

/** Opens an existing regular file for writing, never through a symlink. */
export function openExistingFile(path: Bytes): number {
  const fd = posixCall("open", path, () => openSync(asBuffer(path), O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
  if (fstat(fd).type === "file") return fd;
  closeFile(fd);
  throw new PosixError("open", path, "EINVAL", "is no regular file");
}

/** Writes all of `data` at `offset`. */
export function writeAt(fd: number, data: Bytes, offset: number): void {
  posixCall("write", fd, () => {
    for (let done = 0; done < data.length;) done += writeSync(fd, data, done, data.length - done, offset + done);
  });
}

export function truncate(fd: number, size: number): void {
  posixCall("truncate", fd, () => ftruncateSync(fd, size));
}

/** Asks for the room a file will need without changing its size. Where that is not possible, writing finds out. */
export function preallocate(fd: number, size: number): void {
  libc?.fallocate(fd, FALLOC_FL_KEEP_SIZE, 0n, BigInt(size));
}
