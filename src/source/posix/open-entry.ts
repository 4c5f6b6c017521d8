import { constants, openSync } from "node:fs";
import { platform } from "node:os";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import { posixCall } from "./posix-error.ts";
import { fstat, lstatIfThere } from "./stat.ts";
import { closeFile } from "./read-file.ts";

/** Linux: a descriptor that only names an entry. Needs no right to read it, and a device is not touched by opening it so. */
const O_PATH = 0o10000000;
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** Names a directory; fails with ENOTDIR where a symlink or anything else stands. With `follow` a symlink is followed. */
export function openDirectoryEntry(path: Bytes, follow = false): number {
  const flags = O_PATH | O_RDONLY | O_DIRECTORY | (follow ? 0 : O_NOFOLLOW);
  return posixCall("open", path, () => openSync(asBuffer(path), flags));
}

/** Opens a directory for calls that a mere name is not enough for; needs the right to read it. */
export function openDirectory(path: Bytes): number {
  return posixCall("open", path, () => openSync(asBuffer(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
}

/** Names any entry, a symlink itself included. */
export function openEntry(path: Bytes): number {
  return posixCall("open", path, () => openSync(asBuffer(path), O_PATH | O_RDONLY | O_NOFOLLOW));
}

/** The path by which the kernel leads straight to an open descriptor's entry, whatever happens to names above it. */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Whether descriptor paths work here: Linux with /proc mounted. Tried on the directory itself. */
export function descriptorPathsWork(directory: Bytes): boolean {
  if (platform() !== "linux") return false;
  let fd: number | undefined;
  try {
    fd = openDirectoryEntry(directory, true);
    const open = fstat(fd);
    const named = lstatIfThere(Buffer.from(`${descriptorPath(fd)}/.`));
    return named !== undefined && named.inode === open.inode && named.deviceId === open.deviceId;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeFile(fd);
  }
}
