import type { PackId } from "../../base/id.ts";
import type { BlobLocation } from "../../format/blob.ts";
import { coalesce, type PackRange } from "../../repo/stream-pack.ts";
import type { NeededBlob, PackRead } from "./plan.ts";

/** One request: neighbouring blobs of one pack. */
export interface PackPart extends PackRange<NeededBlob> {
  readonly pack: PackId;
}

export function partsOf({ pack, blobs }: PackRead): PackPart[] {
  return coalesce(blobs).map((range) => ({ ...range, pack }));
}

/** Without the uses, which mean nothing to a worker. */
export function locationOf({ pack, type, id, offset, length, uncompressedLength }: NeededBlob): BlobLocation {
  return { pack, type, id, offset, length, uncompressedLength };
}

/** Positions of the files that these blobs belong to. */
export function filesOf({ blobs }: { readonly blobs: readonly NeededBlob[] }): Set<number> {
  return new Set(blobs.flatMap((blob) => blob.uses.map((use) => use.file)));
}
