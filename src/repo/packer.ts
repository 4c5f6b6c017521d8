import { FirnError } from "../base/error.ts";
import type { BlobId, PackId } from "../base/id.ts";
import type { BlobType } from "../format/blob.ts";
import { headerEntryLength } from "../format/pack-header.ts";
import type { BlobWriter, SealedBlob } from "./blob-writer.ts";
import { memoryForOne, OpenPack, packMemory } from "./open-pack.ts";
import { PackStore, type PackStoreOptions, type StoredPack } from "./pack-store.ts";
import type { Repository } from "./repository.ts";

export interface BlobWriterOptions extends PackStoreOptions {
  /** Whether a known copy in this pack may be relied on; every pack when absent. Packs written by this writer always may. */
  readonly usable?: (pack: PackId) => boolean;
  /** Told of every pack when it is stored and in the index. */
  readonly onStored?: (pack: StoredPack, type: BlobType) => void;
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
  readonly #packs: PackStore;
  readonly #claimed: Readonly<Record<BlobType, Set<BlobId>>> = { data: new Set(), tree: new Set() };
  readonly #own = new Set<PackId>();
  readonly #open: Readonly<Record<BlobType, (OpenPack | undefined)[]>> = { data: [], tree: [] };
  /** Memory of packs that are stored, for the next ones. */
  readonly #memory: Uint8Array[] = [];
  #packedBytes = 0;
  #coins: Uint8Array = new Uint8Array(0);
  #nextCoin = 0;

  constructor(repo: Repository, options: BlobWriterOptions) {
    this.#repo = repo;
    this.#options = options;
    this.#packs = new PackStore(repo, options);
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
    this.#packs.check();
    this.#packedBytes += blob.box.length + headerEntryLength(blob.uncompressedLength !== 0);
    const slot = this.#flipCoin();
    const open = this.#open[blob.type];
    if (blob.box.length >= this.#repo.packSize) {
      const pack = new OpenPack(memoryForOne(blob.box.length));
      pack.add(blob);
      await this.#store(pack, blob.type, false);
      return;
    }
    const pack = (open[slot] ??= new OpenPack(this.#memory.pop() ?? packMemory(this.#repo.packSize)));
    pack.add(blob);
    if (pack.length < this.#repo.packSize && !pack.headerIsFull) return;
    open[slot] = undefined;
    await this.#store(pack, blob.type, true);
  }

  async flush(): Promise<void> {
    this.#packs.check();
    for (const type of ["data", "tree"] as const) {
      for (const pack of this.#leftovers(type)) await this.#store(pack, type, true);
    }
    await this.#packs.flush();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#packs[Symbol.asyncDispose]();
  }

  /** The open packs of a type, merged into one when they fit. */
  #leftovers(type: BlobType): OpenPack[] {
    const packs = this.#open[type].splice(0).filter((pack) => pack !== undefined);
    const [first, second] = packs;
    if (first === undefined || second === undefined || first.length + second.length >= this.#repo.packSize) return packs;
    const contents = second.contents();
    if (!first.canAbsorb(contents)) return packs;
    first.absorb(contents);
    this.#memory.push(second.memory);
    return [first];
  }

  /** Hands a pack to the store; resolves when there is room for more. */
  async #store(pack: OpenPack, type: BlobType, reusable: boolean): Promise<void> {
    const closed = pack.close(this.#repo.key, this.#repo.world.random(16));
    await this.#packs.store(closed, type, (stored) => {
      this.#own.add(stored.id);
      for (const blob of stored.blobs) this.#claimed[type].delete(blob.id);
      if (reusable) this.#memory.push(pack.memory);
      this.#options.onStored?.(stored, type);
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
