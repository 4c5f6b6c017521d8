import { chmodSync, lchownSync, lutimesSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { NS_PER_SECOND } from "../../base/time.ts";
import { cString } from "./c-string.ts";
import { libc } from "./libc.ts";
import { errnoError, posixCall } from "./posix-error.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** Changes the owner of the entry itself, never of what a symlink points to. */
export function changeOwner(path: Bytes, uid: number, gid: number): void {
  posixCall("lchown", path, () => lchownSync(asBuffer(path), uid, gid));
}

/** Follows symlinks, as chmod does: the caller makes sure that there is none. */
export function changeMode(path: Bytes, permissions: number): void {
  posixCall("chmod", path, () => chmodSync(asBuffer(path), permissions));
}

/** Sets both times of the entry itself. Without the binding node:fs loses what is below a microsecond. */
export function setTimes(path: Bytes, atimeNs: bigint, mtimeNs: bigint): void {
  if (libc === undefined) {
    posixCall("utimes", path, () => lutimesSync(asBuffer(path), Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9));
    return;
  }
  const specs = Buffer.alloc(32);
  writeTimespec(specs, 0, atimeNs);
  writeTimespec(specs, 16, mtimeNs);
  if (libc.utimensat(AT_FDCWD, cString(path), specs, AT_SYMLINK_NOFOLLOW) !== 0) throw errnoError("utimes", path, libc.errno());
}

/** The nanosecond part is never negative; before 1970 the seconds are rounded down. */
function writeTimespec(room: Buffer, at: number, ns: bigint): void {
  const part = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  room.writeBigInt64LE((ns - part) / NS_PER_SECOND, at);
  room.writeBigInt64LE(part, at + 8);
}
