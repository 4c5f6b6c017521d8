import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import type { FileStat } from "../source-stat.ts";
import { isErrno, posixCall, PosixError } from "./posix-error.ts";
import { fstat } from "./stat.ts";

/** A constant that the platform lacks is undefined, which counts as 0 among the bits. O_NONBLOCK keeps a fifo that took the file's place from blocking the open. */
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const O_NOATIME: number = constants.O_NOATIME;

export interface OpenSource {
  readonly fd: number;
  readonly stat: FileStat;
}

/**
 * Opens a regular file for reading without following a symlink and, where allowed, without touching its access time.
 * Throws PosixError; also when it is not a regular file any more.
 */
export function openForRead(path: Bytes): OpenSource {
  const fd = openQuietly(path);
  try {
    const found = fstat(fd);
    if (found.type !== "file") throw new PosixError("open", path, "EINVAL", "changed type, is no regular file any more");
    return { fd, stat: found };
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

/** Only the owner and root may ask for O_NOATIME; the others read with an access time. */
function openQuietly(path: Bytes): number {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  try {
    return posixCall("open", path, () => openSync(asBuffer(path), flags | O_NOATIME));
  } catch (error) {
    if (!isErrno(error, "EPERM")) throw error;
    return posixCall("open", path, () => openSync(asBuffer(path), flags));
  }
}

/** Reads into `room` at the file's own position, or at `position`; gives the count, 0 at the end. */
export function readInto(fd: number, room: Bytes, position: number | bigint | null = null): number {
  return posixCall("read", fd, () => readSync(fd, room, 0, room.length, position));
}

export function closeFile(fd: number): void {
  posixCall("close", fd, () => closeSync(fd));
}

/** The first bytes of a file, fewer than `length` only when it is shorter. Follows symlinks, as a tag file may be one. */
export function readHead(path: Bytes, length: number): Bytes {
  const fd = posixCall("open", path, () => openSync(asBuffer(path), O_RDONLY | O_NONBLOCK));
  try {
    const room = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const count = readInto(fd, room.subarray(filled));
      if (count === 0) break;
      filled += count;
    }
    return room.subarray(0, filled);
  } finally {
    closeFile(fd);
  }
}

/** A whole small file: a list or a configuration the user wrote. Follows symlinks; also reads pipes such as <(command). */
export function readWhole(path: Bytes): Bytes {
  return posixCall("open", path, () => readFileSync(asBuffer(path)));
}
