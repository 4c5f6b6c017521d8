import type { BlobId, SnapshotId } from "../base/id.ts";
import type { Time } from "../base/time.ts";

/** restic-format §6. */
export interface SnapshotSummary {
  readonly backupStart: Time;
  readonly backupEnd: Time;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  readonly dataAdded: number;
  readonly dataAddedPacked: number;
  readonly totalFilesProcessed: number;
  readonly totalBytesProcessed: number;
}

export interface Snapshot {
  readonly time: Time;
  readonly parent: SnapshotId | undefined;
  readonly tree: BlobId;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly username: string;
  readonly uid: number;
  readonly gid: number;
  readonly excludes: readonly string[];
  readonly tags: readonly string[];
  readonly original: SnapshotId | undefined;
  readonly programVersion: string;
  readonly summary: SnapshotSummary | undefined;
}

/** A snapshot read from a repository, with the id of its file. */
export interface StoredSnapshot extends Snapshot {
  readonly id: SnapshotId;
}
