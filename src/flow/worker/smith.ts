import type { Bytes } from "../../base/bytes.ts";

/** What an item put into the repository: blobs that were not there before, their plain and their stored size. */
export interface Added {
  readonly blobs: number;
  readonly bytes: number;
  readonly stored: number;
}

export const NOTHING_ADDED: Added = { blobs: 0, bytes: 0, stored: 0 };

export interface FileFailed {
  readonly kind: "failed";
  /** POSIX name such as EACCES, or "" when there is none. */
  readonly code: string;
  readonly message: string;
}

/** A file whose content is in the repository, or on its way there. */
export interface FileStored {
  readonly kind: "saved";
  /** The ids of its blobs, 32 raw bytes each. The caller may keep them. */
  readonly content: Bytes;
  /** Bytes actually read. */
  readonly size: number;
  readonly added: Added;
}

/** Not small any more: to be read with `openLarge`. */
export interface FileGrown {
  readonly kind: "grown";
}

export interface TreeStored {
  /** 32 raw bytes; the caller may keep them. */
  readonly id: Bytes;
  readonly added: Added;
}

/**
 * Makes blobs of what one thread reads: reads, cuts, hashes, claims, compresses and seals, straight into packs of its own. Everything
 * happens before a call returns. What a file does wrong is a value; a run that must end (stopped, no memory) throws.
 */
export interface Smith {
  /** A file that was smaller than the smallest chunk when it was looked at. A few ms at most. */
  saveSmall(path: Bytes): FileStored | FileFailed | FileGrown;
  /** A file of any size; one at a time. Threads with nothing else to do take chunks off it. */
  openLarge(path: Bytes): LargeFile | FileFailed;
  /** `bytes` may be overwritten afterwards. */
  saveTree(bytes: Bytes): TreeStored;
}

/** A large file on its way. */
export interface LargeFile {
  readonly kind: "large";
  /** A few ms of work; the outcome when there is no more. */
  step(): FileStored | FileFailed | undefined;
}
