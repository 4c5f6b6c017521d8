import { linkSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { cString } from "./c-string.ts";
import { libc } from "./libc.ts";
import { errnoError, posixCall, PosixError } from "./posix-error.ts";

const NODE_TYPE_BITS = { fifo: 0o010000, chardev: 0o020000, dev: 0o060000 } as const;
export type SpecialType = keyof typeof NODE_TYPE_BITS;

export const PRIVATE_DIRECTORY = 0o700;
export const PRIVATE_FILE = 0o600;

export function makeDirectory(path: Bytes): void {
  posixCall("mkdir", path, () => mkdirSync(asBuffer(path), { mode: PRIVATE_DIRECTORY }));
}

/** Makes the directory and those above it; symlinks on the way are followed. */
export function makeDirectories(path: Bytes): void {
  posixCall("mkdir", path, () => mkdirSync(asBuffer(path), { mode: PRIVATE_DIRECTORY, recursive: true }));
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
