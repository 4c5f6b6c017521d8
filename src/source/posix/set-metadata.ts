import { chmodSync, fchmodSync, fchownSync, futimesSync, lchownSync, lutimesSync } from "node:fs";
import { asBuffer } from "../../base/bytes.ts";
import { NS_PER_SECOND } from "../../base/time.ts";
import { cString } from "./c-string.ts";
import { libc } from "./libc.ts";
import { type Entry, entryName, errnoError, posixCall } from "./posix-error.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** Changes the owner of the entry itself, never of what a symlink points to. */
export function changeOwner(entry: Entry, uid: number, gid: number): void {
  if (typeof entry === "number") posixCall("fchown", entry, () => fchownSync(entry, uid, gid));
  else posixCall("lchown", entry, () => lchownSync(asBuffer(entry), uid, gid));
}

/** A path's symlinks are followed, as chmod does: the caller makes sure that there is none. */
export function changeMode(entry: Entry, permissions: number): void {
  if (typeof entry === "number") posixCall("fchmod", entry, () => fchmodSync(entry, permissions));
  else posixCall("chmod", entry, () => chmodSync(asBuffer(entry), permissions));
}

/** Sets both times of the entry itself. Without the binding node:fs loses what is below a microsecond. */
export function setTimes(entry: Entry, atimeNs: bigint, mtimeNs: bigint): void {
  if (libc === undefined) {
    const [atime, mtime] = [Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9];
    if (typeof entry === "number") posixCall("utimes", entry, () => futimesSync(entry, atime, mtime));
    else posixCall("utimes", entry, () => lutimesSync(asBuffer(entry), atime, mtime));
    return;
  }
  writeTimespec(specs, 0, atimeNs);
  writeTimespec(specs, 16, mtimeNs);
  const result =
    typeof entry === "number" ? libc.futimens(entry, specs) : libc.utimensat(AT_FDCWD, cString(entry), specs, AT_SYMLINK_NOFOLLOW);
  if (result !== 0) throw errnoError("utimes", entryName(entry), libc.errno());
}

/** The same for an open file and times in seconds and the nanoseconds beyond them, without a bigint on the way. */
export function setFileTimes(fd: number, atime: number, atimeNs: number, mtime: number, mtimeNs: number): void {
  if (libc === undefined) {
    posixCall("utimes", fd, () => futimesSync(fd, atime + atimeNs / 1e9, mtime + mtimeNs / 1e9));
    return;
  }
  writeSplit(0, atime, atimeNs);
  writeSplit(4, mtime, mtimeNs);
  if (libc.futimens(fd, specs) !== 0) throw errnoError("utimes", entryName(fd), libc.errno());
}

const specs = Buffer.alloc(32);
const words = new Uint32Array(specs.buffer, specs.byteOffset, 8);

function writeSplit(at: number, seconds: number, ns: number): void {
  // What is kept of a number in a word is its remainder, also below zero.
  words[at] = seconds;
  words[at + 1] = Math.floor(seconds / 0x1_0000_0000);
  words[at + 2] = ns;
  words[at + 3] = 0;
}

/** The nanosecond part is never negative; before 1970 the seconds are rounded down. */
function writeTimespec(room: Buffer, at: number, ns: bigint): void {
  const part = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  room.writeBigInt64LE((ns - part) / NS_PER_SECOND, at);
  room.writeBigInt64LE(part, at + 8);
}
