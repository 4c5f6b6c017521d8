import type { Added } from "../worker/smith.ts";
import { NOTHING_ADDED } from "../worker/smith.ts";

export type Verdict = "new" | "modified" | "unchanged";

interface Counts {
  new: number;
  modified: number;
  unchanged: number;
}

/** What a backup has done so far, in the terms of restic's summary (restic-format §6). */
export class BackupStats {
  readonly files: Counts = { new: 0, modified: 0, unchanged: 0 };
  readonly dirs: Counts = { new: 0, modified: 0, unchanged: 0 };
  dataBlobs = 0;
  treeBlobs = 0;
  addedBytes = 0;
  storedBytes = 0;
  processedBytes = 0;
  /** Things that could not be read, or not wholly. */
  errors = 0;
  /** Files read again although unchanged, because their data lie only where they cannot be read at once. */
  rereadFiles = 0;

  countFile(verdict: Verdict, size: number, added: Added = NOTHING_ADDED): void {
    this.files[verdict]++;
    this.processedBytes += size;
    this.dataBlobs += added.blobs;
    this.countAdded(added);
  }

  countDir(verdict: Verdict, added: Added): void {
    this.dirs[verdict]++;
    this.countTree(added);
  }

  /** The root, which is no directory of the source. */
  countTree(added: Added): void {
    this.treeBlobs += added.blobs;
    this.countAdded(added);
  }

  /** Adds what somebody else has counted. */
  merge(other: Omit<BackupStats, "countFile" | "countDir" | "countTree" | "totalFiles" | "merge">): void {
    for (const verdict of ["new", "modified", "unchanged"] as const) {
      this.files[verdict] += other.files[verdict];
      this.dirs[verdict] += other.dirs[verdict];
    }
    this.dataBlobs += other.dataBlobs;
    this.treeBlobs += other.treeBlobs;
    this.addedBytes += other.addedBytes;
    this.storedBytes += other.storedBytes;
    this.processedBytes += other.processedBytes;
    this.errors += other.errors;
    this.rereadFiles += other.rereadFiles;
  }

  get totalFiles(): number {
    return this.files.new + this.files.modified + this.files.unchanged;
  }

  private countAdded(added: Added): void {
    this.addedBytes += added.bytes;
    this.storedBytes += added.stored;
  }
}
