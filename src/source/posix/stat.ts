import { type BigIntStats, fstatSync, lstatSync, statSync } from "node:fs";
import { asBuffer, type Bytes } from "../../base/bytes.ts";
import type { FileStat } from "../source-stat.ts";
import { sourceTypeOf } from "../stat-fields.ts";
import { fromFsError, posixCall } from "./posix-error.ts";

/** Stats the entry itself, never what a symlink points to. Throws PosixError. */
export function lstat(path: Bytes): FileStat {
  try {
    return fromBigIntStats(lstatSync(asBuffer(path), { bigint: true }));
  } catch (thrown) {
    throw fromFsError("lstat", path, thrown);
  }
}

/** As `lstat`, but undefined when there is nothing (a missing entry is common and an exception is slow). */
export function lstatIfThere(path: Bytes): FileStat | undefined {
  try {
    const stats = lstatSync(asBuffer(path), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : fromBigIntStats(stats);
  } catch (thrown) {
    throw fromFsError("lstat", path, thrown);
  }
}

/** Stats what the path leads to, following symlinks. */
export function stat(path: Bytes): FileStat {
  return posixCall("stat", path, () => fromBigIntStats(statSync(asBuffer(path), { bigint: true })));
}

export function fstat(fd: number): FileStat {
  return posixCall("fstat", fd, () => fromBigIntStats(fstatSync(fd, { bigint: true })));
}

function fromBigIntStats(stats: BigIntStats): FileStat {
  const stMode = Number(stats.mode);
  return {
    type: sourceTypeOf(stMode),
    stMode,
    mtimeNs: stats.mtimeNs,
    atimeNs: stats.atimeNs,
    ctimeNs: stats.ctimeNs,
    // node:fs hands every field over as a signed 64-bit integer.
    uid: Number(BigInt.asUintN(32, stats.uid)),
    gid: Number(BigInt.asUintN(32, stats.gid)),
    inode: BigInt.asUintN(64, stats.ino),
    deviceId: BigInt.asUintN(64, stats.dev),
    size: stats.size,
    links: BigInt.asUintN(64, stats.nlink),
    device: BigInt.asUintN(64, stats.rdev),
  };
}
