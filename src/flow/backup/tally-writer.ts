import type { BlobId, PackId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import type { BlobWriter, SealedBlob } from "../../repo/blob-writer.ts";
import type { Repository } from "../../repo/repository.ts";
import { storedSize } from "../worker/sealer.ts";

/** A writer for dry runs: knows what is new, stores nothing. */
export class TallyWriter implements BlobWriter {
  packedBytes = 0;
  private readonly repo: Repository;
  private readonly usable: ((pack: PackId) => boolean) | undefined;
  private readonly claimed: Readonly<Record<BlobType, Set<BlobId>>> = { data: new Set(), tree: new Set() };

  constructor(repo: Repository, usable: ((pack: PackId) => boolean) | undefined) {
    this.repo = repo;
    this.usable = usable;
  }

  claim(type: BlobType, id: BlobId): boolean {
    if (this.claimed[type].has(id) || this.isStored(type, id)) return true;
    this.claimed[type].add(id);
    return false;
  }

  async add(blob: SealedBlob): Promise<void> {
    this.packedBytes += storedSize(blob);
  }

  async flush(): Promise<void> {
    // Nothing was kept.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is under way.
  }

  private isStored(type: BlobType, id: BlobId): boolean {
    const { usable, repo } = this;
    if (usable === undefined) return repo.index.has(type, id);
    return repo.index.lookup(type, id).some((copy) => usable(copy.pack));
  }
}
