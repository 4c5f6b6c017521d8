import { CorruptError } from "../base/error.ts";
import type { PackId } from "../base/id.ts";
import { UPLOAD_BYTES_MAX } from "../base/limits.ts";
import type { BlobType, PackedBlob } from "../format/blob.ts";
import { pathOf } from "../format/file-kind.ts";
import { decodeHeader, packSizeOf } from "../format/pack-header.ts";
import type { StorageClass } from "../store/object-store.ts";
import { IndexWriter } from "./index-writer.ts";
import type { ClosedPack } from "./open-pack.ts";
import type { Repository } from "./repository.ts";
import { Uploads } from "./uploads.ts";

export interface PackStoreOptions {
  /** Storage class of a new pack that holds blobs of this type; undefined leaves it to the store. */
  readonly storageClass?: (type: BlobType) => StorageClass | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StoredPack {
  readonly id: PackId;
  readonly blobs: readonly PackedBlob[];
}

/**
 * Stores closed packs, some at once, and lists each in an index file once it is stored. A failure is thrown by every later call. Dispose
 * of it before the lock is given back: an upload that a failed run left behind must not land while somebody else prunes.
 */
export class PackStore implements AsyncDisposable {
  readonly #repo: Repository;
  readonly #options: PackStoreOptions;
  readonly #index: IndexWriter;
  readonly #uploads: Uploads;

  constructor(repo: Repository, options: PackStoreOptions) {
    this.#repo = repo;
    this.#options = options;
    this.#index = new IndexWriter(repo);
    this.#uploads = new Uploads(repo.store.connections, Math.max(UPLOAD_BYTES_MAX, repo.packSize), options.signal);
  }

  /** Aborted with the first failure, or the caller's reason to stop. */
  get signal(): AbortSignal {
    return this.#uploads.signal;
  }

  /** Throws the first failure, or the caller's reason to stop. */
  check(): void {
    this.#uploads.check();
  }

  /** Resolves when there is room for more. `onStored` is told when the pack is stored and in the index, and its memory is free. */
  store(pack: ClosedPack, type: BlobType, onStored: (stored: StoredPack) => void): Promise<void> {
    const storageClass = this.#options.storageClass?.(type);
    return this.#uploads.start(pack.body.length, async (signal) => {
      const blobs = contentsOf(pack, this.#repo.config.version);
      await this.#repo.store.put(pathOf("data", pack.id), pack.body, { storageClass, sha256: pack.id, signal });
      await this.#index.add(pack, blobs, signal);
      onStored({ id: pack.id, blobs });
    });
  }

  /** Resolves when everything is stored and in an index file. */
  async flush(): Promise<void> {
    await this.#uploads.idle();
    await this.#index.flush(this.#options.signal);
  }

  /** After `flush` nothing is left to stop. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#uploads.stop();
  }
}

/** What the pack's own header says, and that it accounts for every byte. */
function contentsOf(pack: ClosedPack, version: 1 | 2): readonly PackedBlob[] {
  const blobs = decodeHeader(pack.header, version, "a pack about to be stored");
  if (packSizeOf(blobs) === pack.body.length) return blobs;
  throw new CorruptError({
    object: "a pack about to be stored",
    check: `its header accounts for ${packSizeOf(blobs)} of its ${pack.body.length} bytes`,
    hint: "nothing was stored; this is a bug in firn or a fault of the machine's memory",
  });
}
