import type { Bytes } from "../../base/bytes.ts";
import type { SourceXattr } from "../source-stat.ts";
import { cString } from "./c-string.ts";
import { type Libc, libc } from "./libc.ts";
import { type Entry, entryName, errnoError, isErrno, PosixError } from "./posix-error.ts";

/** Linux caps the list and each value at 64 KiB, so that one call almost always suffices. */
const FIRST_TRY = 64 * 1024;

const NONE: readonly SourceXattr[] = Object.freeze([]);

const NO_NAMES: readonly Bytes[] = Object.freeze([]);

let scratch = Buffer.alloc(FIRST_TRY);

/** Errors that mean "there are none here": file systems without attributes, and SMB mounts that answer ENODATA. */
export function meansNone(error: unknown): boolean {
  return isErrno(error, "ENOTSUP", "EOPNOTSUPP", "ENODATA");
}

export function listXattrs(entry: Entry): readonly Bytes[] {
  if (libc === undefined) return [];
  return splitList(grow(libc, "llistxattr", entry, listCall(entry)));
}

function listCall(entry: Entry): (lib: Libc, room: Buffer) => bigint {
  if (typeof entry === "number") return (lib, room) => lib.flistxattr(entry, room, BigInt(room.length));
  const name = cString(entry);
  return (lib, room) => lib.llistxattr(name, room, BigInt(room.length));
}

function splitList(list: Buffer): readonly Bytes[] {
  if (list.length === 0) return NO_NAMES;
  const names: Bytes[] = [];
  for (let start = 0; start < list.length;) {
    const end = list.indexOf(0, start);
    if (end < 0) break;
    names.push(Buffer.from(list.subarray(start, end)));
    start = end + 1;
  }
  return names;
}

/** The value, or an empty one where the system says there is none any more. */
export function getXattr(path: Bytes, name: Bytes): Bytes {
  if (libc === undefined) return Buffer.alloc(0);
  const cPath = cString(path);
  const cName = cString(name);
  return Buffer.from(grow(libc, "lgetxattr", path, (lib, room) => lib.lgetxattr(cPath, cName, room, BigInt(room.length))));
}

/** Calls until the room suffices; gives back a view of the shared scratch buffer, valid until the next call. */
function grow(lib: Libc, op: string, entry: Entry, call: (lib: Libc, room: Buffer) => bigint): Buffer {
  for (;;) {
    const length = Number(call(lib, scratch));
    if (length >= 0) return scratch.subarray(0, length);
    const error = errnoError(op, entryName(entry), lib.errno());
    if (meansNone(error)) return scratch.subarray(0, 0);
    if (error.code !== "ERANGE" || scratch.length >= 1 << 28) throw error;
    scratch = Buffer.alloc(scratch.length * 4);
  }
}

/** All attributes in the system's order. One that cannot be read is reported through `warn` and left out, as restic does. */
export function readXattrs(path: Bytes, warn: (error: PosixError, name: Bytes) => void): readonly SourceXattr[] {
  const names = listXattrs(path);
  if (names.length === 0) return NONE;
  const found: SourceXattr[] = [];
  for (const name of names) {
    try {
      found.push({ name, value: getXattr(path, name) });
    } catch (error) {
      if (!(error instanceof PosixError)) throw error;
      warn(error, name);
    }
  }
  return found;
}

/** Sets one attribute on the entry itself. Silently does nothing where the file system keeps none. */
export function setXattr(entry: Entry, name: Bytes, value: Bytes): void {
  if (libc === undefined) return;
  // An empty Buffer may have no address; the length says that nothing is read from it.
  const data = value.length === 0 ? Buffer.alloc(1) : value;
  const result =
    typeof entry === "number"
      ? libc.fsetxattr(entry, cString(name), data, BigInt(value.length), 0)
      : libc.lsetxattr(cString(entry), cString(name), data, BigInt(value.length), 0);
  if (result !== 0) failUnlessNone("lsetxattr", entry);
}

export function removeXattr(entry: Entry, name: Bytes): void {
  if (libc === undefined) return;
  const result = typeof entry === "number" ? libc.fremovexattr(entry, cString(name)) : libc.lremovexattr(cString(entry), cString(name));
  if (result !== 0) failUnlessNone("lremovexattr", entry);
}

function failUnlessNone(op: string, entry: Entry): void {
  const error = errnoError(op, entryName(entry), libc?.errno() ?? 0);
  if (!meansNone(error)) throw error;
}
