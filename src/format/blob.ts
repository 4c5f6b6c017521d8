import type { BlobId, PackId } from "../base/id.ts";

/** (type, id) is the key: a data blob and a tree blob of equal bytes are different blobs (restic-format §0). */
export type BlobType = "data" | "tree";

export interface BlobHandle {
  readonly type: BlobType;
  readonly id: BlobId;
}

/** One blob inside a pack. `length` is that of the sealed box; `uncompressedLength` 0 means stored without compression. */
export interface PackedBlob extends BlobHandle {
  readonly offset: number;
  readonly length: number;
  readonly uncompressedLength: number;
}

/** Where one copy of a blob lies. */
export interface BlobLocation extends PackedBlob {
  readonly pack: PackId;
}
