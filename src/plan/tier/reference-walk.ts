import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import { TIER_TREES_AT_ONCE } from "../../base/limits.ts";
import type { PlacedSnapshot } from "./series.ts";
import type { RuleSet, RuleStates } from "./rule-state.ts";

/** As much of a tree as liveness needs. */
export interface SlimTree {
  readonly files: readonly SlimFile[];
  readonly folders: readonly { readonly name: Bytes; readonly tree: BlobId }[];
}

export interface SlimFile {
  readonly name: Bytes;
  readonly size: number;
  readonly content: readonly BlobId[];
}

/** Where trees come from; injected, so that planning stays pure. */
export interface TreeSource {
  loadTree(id: BlobId): SlimTree | Promise<SlimTree>;
}

/** Told of each file reference that can still change the outcome: `at` is the snapshot's place in the order walked. */
export type OnReference = (at: number, rules: RuleSet, content: readonly BlobId[]) => void;

interface Visit {
  readonly tree: BlobId;
  readonly state: number;
}

/**
 * One visit per unique (tree, rule state) over all snapshots in the order given. Whatever is first met at a snapshot belongs to
 * that snapshot: with the order latest-first, nothing met again later can matter, so a visited pair is not entered again.
 */
export async function walkReferences(
  order: readonly PlacedSnapshot[],
  states: RuleStates,
  source: TreeSource,
  onReference: OnReference,
  signal?: AbortSignal,
): Promise<void> {
  const visited: Set<BlobId>[] = [];
  const isNew = ({ tree, state }: Visit): boolean => {
    const seen = (visited[state] ??= new Set());
    return seen.size < seen.add(tree).size;
  };
  for (const [at, placed] of order.entries()) {
    signal?.throwIfAborted();
    const waiting: Visit[] = [{ tree: placed.snapshot.tree, state: states.rootOf(placed.snapshot) }].filter(isNew);
    while (waiting.length > 0) {
      const batch = waiting.splice(-TIER_TREES_AT_ONCE);
      const trees = batch.map(({ tree }) => source.loadTree(tree));
      // Trees already at hand cost no turn of the event loop.
      const loaded = trees.every((tree) => !(tree instanceof Promise))
        ? (trees as SlimTree[])
        : await Promise.all(trees.map(async (tree) => tree));
      for (const [i, tree] of loaded.entries()) {
        const { state } = batch[i]!;
        for (const file of tree.files) onReference(at, states.match(state, file.name, file.size), file.content);
        for (const folder of tree.folders) {
          const visit = { tree: folder.tree, state: states.enter(state, folder.name) };
          if (isNew(visit)) waiting.push(visit);
        }
      }
    }
  }
}
