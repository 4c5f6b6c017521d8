import type { FileStat } from "./source-stat.ts";

/** What the parent snapshot recorded about a file. */
export interface KnownFile {
  readonly type: string;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

export interface ChangeOptions {
  readonly ignoreCtime?: boolean;
  /** Implies ignoreCtime. */
  readonly ignoreInode?: boolean;
}

/**
 * Whether a regular file may be taken over from the parent without reading it (restic-format §9). The device id is not
 * looked at: it changes when a disk is mounted elsewhere. The caller also has to know that every blob is still to be had.
 */
export function isUnchanged(now: FileStat, before: KnownFile, options: ChangeOptions = {}): boolean {
  if (now.type !== "file" || before.type !== "file") return false;
  if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) return false;
  const checkInode = options.ignoreInode !== true;
  const checkCtime = checkInode && options.ignoreCtime !== true;
  if (checkCtime && now.ctimeNs !== before.ctimeNs) return false;
  return !checkInode || now.inode === before.inode;
}
