import { FirnError } from "../base/error.ts";
import { headerEntryLength } from "../format/pack-header.ts";
import type { BlobId, PackId } from "../base/id.ts";
import { MIB, UPLOAD_BYTES_MAX } from "../base/limits.ts";
import type { BlobType } from "../format/blob.ts";
import { pathOf } from "../format/file-kind.ts";
import type { StorageClass } from "../store/object-store.ts";
import type { BlobWriter, SealedBlob } from "./blob-writer.ts";
import { IndexWriter } from "./index-writer.ts";
import { type FinishedPack, headerFits, OpenPack } from "./open-pack.ts";
import type { Repository } from "./repository.ts";
import { Uploads } from "./uploads.ts";

export interface BlobWriterOptions {
  /** Storage class of a new pack that holds blobs of this type; undefined leaves it to the store. */
  readonly storageClass?: (type: BlobType) => StorageClass | undefined;
  /** Whether a known copy in this pack may be relied on; every pack when absent. Packs written by this writer always may. */
  readonly usable?: (pack: PackId) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told of every pack when it is stored and in the index. */
  readonly onStored?: (pack: Pick<FinishedPack, "id" | "blobs">, type: BlobType) => void;
}

/** Opens a writer; see BlobWriter for what it promises. One writer at a time for one run. */
export function createBlobWriter(repo: Repository, options: BlobWriterOptions = {}): BlobWriter {
  return new Packer(repo, options);
}

/** Two packs of a type are open at once, and chance decides which one a blob goes to: chunk sizes give less away (restic-format §3). */
const OPEN_PER_TYPE = 2;

class Packer implements BlobWriter {
  readonly #repo: Repository;
  readonly #options: BlobWriterOptions;
  readonly #index: IndexWriter;
  readonly #uploads: Uploads;
  readonly #claimed: Readonly<Record<BlobType, Set<BlobId>>> = { data: new Set(), tree: new Set() };
  readonly #own = new Set<PackId>();
  readonly #open: Readonly<Record<BlobType, (OpenPack | undefined)[]>> = { data: [], tree: [] };
  #packedBytes = 0;
  #coins: Uint8Array = new Uint8Array(0);
  #nextCoin = 0;

  constructor(repo: Repository, options: BlobWriterOptions) {
    this.#repo = repo;
    this.#options = options;
    this.#index = new IndexWriter(repo);
    this.#uploads = new Uploads(repo.store.connections, Math.max(UPLOAD_BYTES_MAX, repo.packSize), options.signal);
  }

  get packedBytes(): number {
    return this.#packedBytes;
  }

  claim(type: BlobType, id: BlobId): boolean {
    if (this.#claimed[type].has(id) || this.#isStored(type, id)) return true;
    this.#claimed[type].add(id);
    return false;
  }

  async add(blob: SealedBlob): Promise<void> {
    this.#uploads.check();
    this.#packedBytes += blob.box.length + headerEntryLength(blob.uncompressedLength !== 0);
    const slot = this.#flipCoin();
    const open = this.#open[blob.type];
    if (blob.box.length >= this.#repo.packSize) {
      const pack = new OpenPack(blob.box.length);
      pack.add(blob);
      await this.#store(pack, blob.type);
      return;
    }
    const pack = (open[slot] ??= new OpenPack(this.#repo.packSize + MIB));
    pack.add(blob);
    if (pack.length < this.#repo.packSize && !pack.headerIsFull) return;
    open[slot] = undefined;
    await this.#store(pack, blob.type);
  }

  async flush(): Promise<void> {
    this.#uploads.check();
    for (const type of ["data", "tree"] as const) {
      for (const pack of this.#leftovers(type)) await this.#store(pack, type);
    }
    await this.#uploads.idle();
    await this.#index.flush(this.#options.signal);
  }

  /** After `flush` nothing is left to stop. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#uploads.stop();
  }

  /** The open packs of a type, merged into one when they fit. */
  #leftovers(type: BlobType): OpenPack[] {
    const packs = this.#open[type].splice(0).filter((pack) => pack !== undefined);
    const [first, second] = packs;
    if (first === undefined || second === undefined || first.length + second.length >= this.#repo.packSize) return packs;
    if (!headerFits(first.count + second.count)) return packs;
    first.absorb(second);
    return [first];
  }

  /** Hands a pack to the uploads; resolves when there is room for more. */
  async #store(pack: OpenPack, type: BlobType): Promise<void> {
    const finished = pack.finish(this.#repo.key, this.#repo.world.random(16));
    const storageClass = this.#options.storageClass?.(type);
    await this.#uploads.start(finished.body.length, async (signal) => {
      await this.#repo.store.put(pathOf("data", finished.id), finished.body, { storageClass, signal });
      finished.dispose();
      this.#own.add(finished.id);
      await this.#index.add(finished.id, finished.blobs, signal);
      for (const blob of finished.blobs) this.#claimed[type].delete(blob.id);
      this.#options.onStored?.(finished, type);
    });
  }

  #isStored(type: BlobType, id: BlobId): boolean {
    const { usable } = this.#options;
    if (!this.#repo.index.has(type, id)) return false;
    if (usable === undefined) return true;
    return this.#repo.index.lookup(type, id).some((copy) => this.#own.has(copy.pack) || usable(copy.pack));
  }

  #flipCoin(): number {
    if (this.#nextCoin >= this.#coins.length) {
      this.#coins = this.#repo.world.random(1024);
      this.#nextCoin = 0;
    }
    const coin = this.#coins[this.#nextCoin++];
    if (coin === undefined) throw new FirnError({ code: "no-randomness", message: "the source of randomness gave nothing" });
    return coin % OPEN_PER_TYPE;
  }
}
