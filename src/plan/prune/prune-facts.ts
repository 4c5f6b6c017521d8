import type { PackId } from "../../base/id.ts";
import { chargesForReading } from "../../store/class-names.ts";
import type { BlobType } from "../../format/blob.ts";
import type { BlobIndex, PackState } from "../../repo/repository.ts";

/** What a prune plan is made from: index, listing and what the snapshots need. */
export interface PruneFacts {
  readonly version: 1 | 2;
  /** Pack size new packs aim at. */
  readonly packSize: number;
  readonly index: Pick<BlobIndex, "packs" | "blobsOf" | "hasPack" | "copies">;
  /** Every pack the store lists. */
  readonly listed: ReadonlyMap<PackId, PackState>;
  isUsed(type: BlobType, id: string): boolean;
}

/** Packs that are not plainly readable are neither read nor rewritten; that a thawed copy would be readable for a while does not count. */
export function isCold(state: PackState): boolean {
  return state.state !== "hot";
}

/** Readable, but writing it anew would pay retrieval and perhaps a minimum duration, for dead bytes that cost little where they are. */
export function isDear(state: PackState): boolean {
  return !isCold(state) && chargesForReading(state.storageClass);
}
