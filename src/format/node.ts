import type { Bytes } from "../base/bytes.ts";
import type { BlobId } from "../base/id.ts";
import type { Time } from "../base/time.ts";

/** restic-format §7.1. "" and "irregular" are invalid and only ever read. */
export type NodeType = "file" | "dir" | "symlink" | "dev" | "chardev" | "fifo" | "socket" | "irregular" | "";

export interface Xattr {
  readonly name: Bytes;
  readonly value: Bytes;
}

/** One entry of a tree. 64-bit fields are bigint because inode, device and size may pass 2^53. */
export interface Node {
  /** Raw bytes, not quoted. */
  readonly name: Bytes;
  readonly type: NodeType;
  /** Go's os.FileMode as restic stores it: type bits, setuid/setgid/sticky and permissions (uint32). */
  readonly mode: number;
  readonly mtime: Time;
  readonly atime: Time;
  readonly ctime: Time;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly inode: bigint;
  readonly deviceId: bigint;
  readonly size: bigint;
  readonly links: bigint;
  /** Empty for everything but symlinks. */
  readonly linkTarget: Bytes;
  readonly xattrs: readonly Xattr[];
  /** JSON text of `generic_attributes` as read (Windows only), written back untouched. */
  readonly genericAttributes: string | undefined;
  /** st_rdev of a device node. */
  readonly device: bigint;
  /** Data blobs of a regular file in order; null for every other type (written as `null`). */
  readonly content: readonly BlobId[] | null;
  readonly subtree: BlobId | undefined;
  readonly error: string;
}
