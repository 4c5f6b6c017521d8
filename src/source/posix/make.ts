import { linkSync, mkdirSync, rmdirSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { cString } from "./c-string.ts";
import { libc } from "./libc.ts";
import { errnoError, isErrno, posixCall, PosixError } from "./posix-error.ts";

const NODE_TYPE_BITS = { fifo: 0o010000, chardev: 0o020000, dev: 0o060000 } as const;
export type SpecialType = keyof typeof NODE_TYPE_BITS;

export const PRIVATE_DIRECTORY = 0o700;
export const PRIVATE_FILE = 0o600;

const SLASH = 0x2f;

export function makeDirectory(path: Bytes): void {
  posixCall("mkdir", path, () => mkdirSync(asBuffer(path), { mode: PRIVATE_DIRECTORY }));
}

/**
 * Makes the directory and those above it; symlinks on the way are followed. Step by step, because Node's recursive mkdir never comes
 * back where the system refuses a name with ENOENT in a folder that exists, as /proc does (docs/discoveries/node-26.md).
 */
export function makeDirectories(path: Bytes): void {
  try {
    makeDirectory(path);
  } catch (error) {
    if (isDirectory(path)) return;
    const above = directoryAbove(path);
    if (!isErrno(error, "ENOENT") || above === undefined || isDirectory(above)) throw error;
    makeDirectories(above);
    makeDirectory(path);
  }
}

function isDirectory(path: Bytes): boolean {
  return statSync(asBuffer(path), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The path of the directory above; undefined where there is none to make. */
function directoryAbove(path: Bytes): Bytes | undefined {
  let end = path.length;
  while (end > 1 && path[end - 1] === SLASH) end--;
  const cut = path.subarray(0, end).lastIndexOf(SLASH);
  return cut <= 0 ? undefined : path.subarray(0, cut);
}

export function removeDirectory(path: Bytes): void {
  posixCall("rmdir", path, () => rmdirSync(asBuffer(path)));
}

/** Removes anything but a directory. */
export function unlink(path: Bytes): void {
  posixCall("unlink", path, () => unlinkSync(asBuffer(path)));
}

export function makeSymlink(target: Bytes, path: Bytes): void {
  posixCall("symlink", path, () => symlinkSync(asBuffer(target), asBuffer(path)));
}

/** A second name for what `existing` names; a symlink there is linked itself, not followed. */
export function makeLink(existing: Bytes, path: Bytes): void {
  posixCall("link", path, () => linkSync(asBuffer(existing), asBuffer(path)));
}

export function makeSpecial(path: Bytes, type: SpecialType, device: bigint): void {
  if (libc === undefined) throw new PosixError("mknod", path, "ENOTSUP", "special files cannot be made on this platform");
  if (libc.mknod(cString(path), NODE_TYPE_BITS[type] | PRIVATE_FILE, device) !== 0) throw errnoError("mknod", path, libc.errno());
}
