import type { Bytes } from "../../base/bytes.ts";
import type { SourceXattr } from "../source-stat.ts";
import { cString } from "./c-string.ts";
import { type Libc, libc } from "./libc.ts";
import { errnoError, isErrno, PosixError } from "./posix-error.ts";

/** Linux caps the list and each value at 64 KiB, so that one call almost always suffices. */
const FIRST_TRY = 64 * 1024;

const NONE: readonly SourceXattr[] = Object.freeze([]);

let scratch = Buffer.alloc(FIRST_TRY);

/** Errors that mean "there are none here": file systems without attributes, and SMB mounts that answer ENODATA. */
function meansNone(error: unknown): boolean {
  return isErrno(error, "ENOTSUP", "EOPNOTSUPP", "ENODATA");
}

export function listXattrs(path: Bytes): Bytes[] {
  if (libc === undefined) return [];
  const name = cString(path);
  const list = grow(libc, "llistxattr", path, (lib, room) => lib.llistxattr(name, room, BigInt(room.length)));
  return splitList(list);
}

function splitList(list: Buffer): Bytes[] {
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
function grow(lib: Libc, op: string, path: Bytes, call: (lib: Libc, room: Buffer) => bigint): Buffer {
  for (;;) {
    const length = Number(call(lib, scratch));
    if (length >= 0) return scratch.subarray(0, length);
    const error = errnoError(op, path, lib.errno());
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
export function setXattr(path: Bytes, name: Bytes, value: Bytes): void {
  if (libc === undefined) return;
  // An empty Buffer may have no address; the length says that nothing is read from it.
  const data = value.length === 0 ? Buffer.alloc(1) : value;
  const result = libc.lsetxattr(cString(path), cString(name), data, BigInt(value.length), 0);
  if (result !== 0) failUnlessNone("lsetxattr", path);
}

export function removeXattr(path: Bytes, name: Bytes): void {
  if (libc === undefined) return;
  if (libc.lremovexattr(cString(path), cString(name)) !== 0) failUnlessNone("lremovexattr", path);
}

function failUnlessNone(op: string, path: Bytes): void {
  const error = errnoError(op, path, libc?.errno() ?? 0);
  if (!meansNone(error)) throw error;
}
