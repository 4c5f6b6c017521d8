import type { Bytes } from "../base/bytes.ts";

/** What a directory entry is, by the file type bits of st_mode; the words are those of restic-format §7.1. */
export type SourceType = "file" | "dir" | "symlink" | "dev" | "chardev" | "fifo" | "socket" | "irregular";

/** What one stat call tells. 64-bit fields are bigint; a device number or inode may pass 2^53. */
export interface FileStat {
  readonly type: SourceType;
  /** st_mode as the system gives it: type bits, setuid, setgid, sticky and permissions. */
  readonly stMode: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly inode: bigint;
  readonly deviceId: bigint;
  /** st_size of whatever it is; restic records it for regular files only. */
  readonly size: bigint;
  readonly links: bigint;
  /** st_rdev. */
  readonly device: bigint;
}

export interface SourceXattr {
  readonly name: Bytes;
  readonly value: Bytes;
}

/** Everything a snapshot records about an entry except its content. */
export interface SourceStat extends FileStat {
  readonly name: Bytes;
  /** Empty when the id has no name. */
  readonly user: string;
  readonly group: string;
  /** Empty for everything but symlinks. */
  readonly linkTarget: Bytes;
  /** In the order the system lists them. */
  readonly xattrs: readonly SourceXattr[];
}
