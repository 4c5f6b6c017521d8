import type { Bytes } from "../base/bytes.ts";
import { type BlobId, shortId } from "../base/id.ts";
import type { Node } from "../format/node.ts";
import { decodeTree } from "../format/tree.ts";
import type { Repository } from "../repo/repository.ts";

/** Loads trees for a walk; those it was told about are loaded while the walk is busy elsewhere. */
export class TreesAhead {
  readonly #repo: Repository;
  readonly #signal: AbortSignal | undefined;
  readonly #loading = new Map<BlobId, Promise<Bytes>>();

  readonly #order: "strict" | "any";

  /** `order` "any" takes trees whose names do not ascend: old programs wrote some, and they hold people's files. */
  constructor(repo: Repository, signal: AbortSignal | undefined, order: "strict" | "any") {
    this.#repo = repo;
    this.#signal = signal;
    this.#order = order;
  }

  /** Begins to load a tree that will be asked for soon. */
  hint(id: BlobId): void {
    if (this.#loading.has(id)) return;
    const loading = this.#load(id);
    loading.catch(() => undefined);
    this.#loading.set(id, loading);
  }

  /** Forgets a tree that was hinted at and is not wanted after all. */
  drop(id: BlobId): void {
    this.#loading.delete(id);
  }

  async take(id: BlobId): Promise<readonly Node[]> {
    return this.decode(id, await this.takeBytes(id));
  }

  /** The tree as it is stored, for whoever may do without its nodes. */
  async takeBytes(id: BlobId): Promise<Bytes> {
    const loading = this.#loading.get(id);
    this.#loading.delete(id);
    this.#signal?.throwIfAborted();
    return loading ?? this.#load(id);
  }

  decode(id: BlobId, bytes: Bytes): readonly Node[] {
    return decodeTree(bytes, `tree ${shortId(id)}`, this.#order);
  }

  #load(id: BlobId): Promise<Bytes> {
    return this.#repo.loadBlob({ type: "tree", id }, this.#signal);
  }
}
