import type { Bytes } from "../../base/bytes.ts";
import { UPLOAD_BYTES_MAX } from "../../base/limits.ts";
import type { BlobType } from "../../format/blob.ts";
import { type ClosedPack, OpenPack, type PackContents } from "../../repo/open-pack.ts";
import { PackStore, type PackStoreOptions } from "../../repo/pack-store.ts";
import { IV_LENGTH } from "../../kernel/box.ts";
import type { Repository } from "../../repo/repository.ts";

export interface IntakeOptions extends PackStoreOptions {
  /** Told of a pack that could not be stored: the run must end. */
  readonly onFailure: (error: unknown) => void;
}

/** Where the packs of all threads come in: one after the other they go to the store, and what is left at the end is put together. */
export class Intake implements AsyncDisposable {
  private readonly repo: Repository;
  private readonly packs: PackStore;
  private readonly onFailure: (error: unknown) => void;
  private readonly leftovers: Readonly<Record<BlobType, PackContents[]>> = { data: [], tree: [] };
  private last: Promise<void> = Promise.resolve();

  constructor(repo: Repository, options: IntakeOptions) {
    this.repo = repo;
    this.packs = new PackStore(repo, options);
    this.onFailure = options.onFailure;
    // Not only when the next pack comes: whoever waits for room in the store would wait for ever.
    const { signal } = this.packs;
    signal.addEventListener("abort", () => this.onFailure(signal.reason), { once: true });
  }

  /** How many bytes may wait here before whoever fills packs should wait, too: enough that the store is never idle. */
  static backlogMax(repo: Repository): number {
    return Math.max(repo.packSize, Math.min(UPLOAD_BYTES_MAX, repo.packSize * repo.store.connections));
  }

  /** Takes a pack over; `onStored` gives its memory back. */
  take(pack: ClosedPack, type: BlobType, onStored: () => void): void {
    this.last = this.last.then(() => this.packs.store(pack, type, onStored));
    this.last.catch(this.onFailure);
  }

  /** A pack that is not full, at the beginning of its memory. */
  leave(contents: PackContents, type: BlobType): void {
    this.leftovers[type].push(contents);
  }

  /** Stores everything: packs, then index files. */
  async finish(): Promise<void> {
    for (const type of ["data", "tree"] as const) {
      for (const pack of this.merged(type)) this.take(pack.close(this.repo.key, this.repo.world.random(IV_LENGTH)), type, () => undefined);
    }
    await this.last;
    await this.packs.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.packs[Symbol.asyncDispose]();
    await this.last.catch(() => undefined);
  }

  /** As few packs as the leftovers fit in, so that a backup with few changes does not leave one of each thread. */
  private merged(type: BlobType): OpenPack[] {
    const merged: OpenPack[] = [];
    let open: OpenPack | undefined;
    for (const contents of this.leftovers[type].splice(0).sort((a, b) => b.boxes.length - a.boxes.length)) {
      const fits = open !== undefined && open.length + contents.boxes.length < this.repo.packSize && open.canAbsorb(contents);
      if (fits) open!.absorb(contents);
      else merged.push((open = OpenPack.adopt(wholeOf(contents.boxes), contents)));
    }
    return merged;
  }
}

function wholeOf(boxes: Bytes): Bytes {
  return new Uint8Array(boxes.buffer, boxes.byteOffset);
}
