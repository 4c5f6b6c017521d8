import type { PackTally, Tallies } from "./pack-tally.ts";

/** The figures of a prune, as restic counts them (restic-format §17). */
export class PruneStats {
  readonly blobs = { used: 0, duplicate: 0, unused: 0, remove: 0, repack: 0, repackRemove: 0 };
  readonly bytes = { used: 0, duplicate: 0, unused: 0, unreferenced: 0, uncompressed: 0, remove: 0, repack: 0, repackRemove: 0 };
  readonly packs = { used: 0, unused: 0, partlyUsed: 0, unreferenced: 0, keep: 0, repack: 0, remove: 0 };
  /** Unused bytes in packs of the ice that stay. */
  coldUnusedBytes = 0;

  static of(tallies: Tallies): PruneStats {
    const stats = new PruneStats();
    for (const pack of tallies.packs.values()) {
      stats.blobs.used += pack.usedBlobs;
      // Headers are overhead of the packs, not data in use.
      stats.bytes.used += pack.usedBytes - pack.headerBytes;
    }
    stats.blobs.duplicate = tallies.duplicates.blobs;
    stats.bytes.duplicate = tallies.duplicates.bytes;
    stats.blobs.unused = tallies.dead.blobs;
    stats.bytes.unused = tallies.dead.bytes;
    return stats;
  }

  countPack(pack: PackTally, version: 1 | 2): void {
    if (pack.usedBlobs === 0) this.packs.unused++;
    else if (pack.unusedBlobs === 0) this.packs.used++;
    else this.packs.partlyUsed++;
    if (version === 2 && pack.hasUncompressed) this.bytes.uncompressed += pack.usedBytes + pack.unusedBytes;
  }

  countRemoved(pack: PackTally): void {
    this.blobs.remove += pack.unusedBlobs;
    this.bytes.remove += pack.unusedBytes;
  }

  countRepacked(pack: PackTally): void {
    this.blobs.repack += pack.usedBlobs + pack.unusedBlobs;
    this.bytes.repack += pack.usedBytes + pack.unusedBytes;
    this.blobs.repackRemove += pack.unusedBlobs;
    this.bytes.repackRemove += pack.unusedBytes;
    if (pack.hasUncompressed && this.bytes.uncompressed > 0) this.bytes.uncompressed -= pack.usedBytes + pack.unusedBytes;
  }

  totalBlobs(): number {
    return this.blobs.used + this.blobs.unused + this.blobs.duplicate;
  }

  totalBytes(): number {
    return this.bytes.used + this.bytes.unused + this.bytes.duplicate + this.bytes.unreferenced;
  }

  removedBlobs(): number {
    return this.blobs.remove + this.blobs.repackRemove;
  }

  removedBytes(): number {
    return this.bytes.remove + this.bytes.repackRemove + this.bytes.unreferenced;
  }

  /** Unused bytes that will still be there, those in the ice included. */
  remainingUnused(): number {
    return this.bytes.duplicate + this.bytes.unused - this.bytes.remove - this.bytes.repackRemove;
  }
}
