import { FirnError } from "../base/error.ts";
import type { BlobId } from "../base/id.ts";
import { PRUNE_TREES_AT_ONCE } from "../base/limits.ts";
import type { BlobType } from "../format/blob.ts";
import { decodeTree } from "../format/tree.ts";
import type { Repository } from "../repo/repository.ts";

/** Every blob some snapshot needs. */
export interface UsedBlobs {
  readonly trees: ReadonlySet<BlobId>;
  readonly data: ReadonlySet<BlobId>;
}

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
  return walk;
}

class UsedWalk implements UsedBlobs {
  readonly trees = new Set<BlobId>();
  readonly data = new Set<BlobId>();
  readonly #repo: Repository;
  readonly #signal: AbortSignal | undefined;

  constructor(repo: Repository, signal: AbortSignal | undefined) {
    this.#repo = repo;
    this.#signal = signal;
  }

  /** Depth first with a bounded number of trees being fetched: a stack keeps the waiting list short where a queue would hold a whole level. */
  async visit(root: BlobId): Promise<void> {
    const waiting: BlobId[] = [];
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    const push = (id: BlobId, where: string): void => {
      if (this.trees.has(id)) return;
      if (!this.#repo.index.has("tree", id)) throw new IncompleteIndexError("tree", id, where);
      this.trees.add(id);
      waiting.push(id);
    };
    push(root, "a snapshot");
    while (failures.length === 0 && (waiting.length > 0 || running.size > 0)) {
      const id = running.size < PRUNE_TREES_AT_ONCE ? waiting.pop() : undefined;
      if (id === undefined) {
        await Promise.race(running);
        continue;
      }
      const task: Promise<void> = this.#enter(id, push)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => running.delete(task));
      running.add(task);
    }
    await Promise.all(running);
    if (failures.length > 0) throw failures[0];
  }

  async #enter(id: BlobId, push: (id: BlobId, where: string) => void): Promise<void> {
    this.#signal?.throwIfAborted();
    const where = `tree ${id.slice(0, 8)}`;
    // Entries out of order do no harm here, and refusing them would keep an old repository from ever being pruned.
    for (const node of decodeTree(await this.#repo.loadBlob({ type: "tree", id }, this.#signal), where, "any")) {
      if (node.subtree !== undefined) push(node.subtree, where);
      for (const blob of node.content ?? []) {
        if (this.data.has(blob)) continue;
        if (!this.#repo.index.has("data", blob)) throw new IncompleteIndexError("data", blob, where);
        this.data.add(blob);
      }
    }
  }
}
