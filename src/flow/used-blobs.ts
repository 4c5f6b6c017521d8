import { FirnError } from "../base/error.ts";
import { type Bytes, fromHex, toHex } from "../base/bytes.ts";
import { asId, type BlobId } from "../base/id.ts";
import { PRUNE_TREES_AT_ONCE } from "../base/limits.ts";
import type { BlobType } from "../format/blob.ts";
import { TreeLinks } from "../format/tree-links.ts";
import { decodeTree } from "../format/tree.ts";
import { BlobSet } from "../repo/index/blob-set.ts";
import type { Repository } from "../repo/repository.ts";

/** Every blob some snapshot needs: a bit for each blob of the index. */
export type UsedBlobs = Pick<BlobSet, "has" | "of">;

/** A blob that a snapshot needs is in no pack: removing anything now could make it worse. */
export class IncompleteIndexError extends FirnError {
  constructor(type: BlobType, id: string, where: string) {
    super({
      code: "index-incomplete",
      message: `${type} blob ${id}, which ${where} needs, is not in the index; nothing was removed`,
      hint: "run `firn check`; a pack may still hold it (restic: `repair index`), or a new backup may bring it back",
    });
  }
}

export interface UsedBlobsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called when another root tree is done with. */
  readonly onRoot?: () => void;
}

/** Walks the trees of all snapshots, each tree once. Throws when a tree cannot be read or a blob is in no pack. */
export async function findUsedBlobs(repo: Repository, roots: Iterable<BlobId>, options: UsedBlobsOptions = {}): Promise<UsedBlobs> {
  const walk = new UsedWalk(repo, options.signal);
  for (const root of roots) {
    await walk.visit(root);
    options.onRoot?.();
  }
  return walk.used;
}

class UsedWalk {
  readonly used: BlobSet;
  readonly #repo: Repository;
  readonly #signal: AbortSignal | undefined;
  readonly #links = new TreeLinks();

  constructor(repo: Repository, signal: AbortSignal | undefined) {
    this.used = new BlobSet(repo.index.view);
    this.#repo = repo;
    this.#signal = signal;
  }

  /** Depth first with a bounded number of trees being fetched: a stack keeps the waiting list short where a queue would hold a whole level. */
  async visit(root: BlobId): Promise<void> {
    const waiting: BlobId[] = [];
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    this.#take("tree", fromHex(root), 0, "a snapshot", waiting);
    while (failures.length === 0 && (waiting.length > 0 || running.size > 0)) {
      const id = running.size < PRUNE_TREES_AT_ONCE ? waiting.pop() : undefined;
      if (id === undefined) {
        await Promise.race(running);
        continue;
      }
      const task: Promise<void> = this.#enter(id, waiting)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => running.delete(task));
      running.add(task);
    }
    await Promise.all(running);
    if (failures.length > 0) throw failures[0];
  }

  async #enter(id: BlobId, waiting: BlobId[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const where = `tree ${id.slice(0, 8)}`;
    const bytes = await this.#repo.loadBlob({ type: "tree", id }, this.#signal);
    const links = this.#links;
    // Entries out of order do no harm here, and refusing them would keep an old repository from ever being pruned.
    if (!links.scan(bytes, "any")) links.takeNodes(decodeTree(bytes, where, "any"));
    for (let entry = 0; entry < links.length; entry++) {
      const subtree = links.subtreeOf(entry);
      if (subtree >= 0) this.#take("tree", links.ids, subtree * 32, where, waiting);
      const from = links.contentFrom(entry);
      const end = from < 0 ? from : links.contentEnd(entry);
      for (let at = from; at < end; at++) this.#take("data", links.ids, at * 32, where, waiting);
    }
  }

  #take(type: BlobType, ids: Bytes, at: number, where: string, waiting: BlobId[]): void {
    const taken = this.used.add(type, ids, at);
    if (taken === "known" || (taken === "added" && type === "data")) return;
    const id = asId<"blob">(toHex(ids.subarray(at, at + 32)));
    if (taken === "unknown") throw new IncompleteIndexError(type, id, where);
    waiting.push(id);
  }
}
