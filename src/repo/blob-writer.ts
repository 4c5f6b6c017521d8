import type { Bytes } from "../base/bytes.ts";
import type { BlobId } from "../base/id.ts";
import type { BlobType } from "../format/blob.ts";

/** A blob already sealed (compressed and encrypted), as a worker hands it over. */
export interface SealedBlob {
  readonly type: BlobType;
  readonly id: BlobId;
  readonly box: Bytes;
  /** 0 when stored without compression. */
  readonly uncompressedLength: number;
}

/**
 * Gathers sealed blobs into packs, stores full packs, records them in the index and writes index files when they are full.
 * Order kept whatever happens: pack stored → in index file → (the caller's) snapshot. Dispose of it before the lock is given back: an
 * upload that a failed run left behind must not land while somebody else prunes.
 */
export interface BlobWriter extends AsyncDisposable {
  /**
   * True when the blob is stored or pending in this run, or a usable copy exists. Claims it otherwise: the caller must then
   * `add` it, and nobody else will. Copies in packs that are archived, thawed for a while or unknown do not count.
   */
  claim(type: BlobType, id: BlobId): boolean;
  /** Adds a claimed blob; resolves when there is room again (back-pressure by bytes), not when it is stored. */
  add(blob: SealedBlob): Promise<void>;
  /** Stores everything pending: packs, then index files. */
  flush(): Promise<void>;
  /** Bytes stored so far: boxes plus header entries. */
  readonly packedBytes: number;
}
