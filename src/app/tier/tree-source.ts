import type { BlobId } from "../../base/id.ts";
import { TIER_TREE_CACHE_ENTRIES } from "../../base/limits.ts";
import { decodeTree } from "../../format/tree.ts";
import type { SlimTree, TreeSource } from "../../plan/tier/reference-walk.ts";
import type { Repository } from "../../repo/repository.ts";

/** Trees of a repository, slimmed; the latest used are kept, because a plan walks them more than once. They never change. */
export function repositoryTrees(repo: Repository, signal: AbortSignal): TreeSource {
  const kept = new Map<BlobId, SlimTree>();
  let entries = 0;

  function keep(id: BlobId, tree: SlimTree): SlimTree {
    kept.set(id, tree);
    entries += weightOf(tree);
    for (const [oldest, old] of kept) {
      if (entries <= TIER_TREE_CACHE_ENTRIES || oldest === id) break;
      kept.delete(oldest);
      entries -= weightOf(old);
    }
    return tree;
  }

  async function load(id: BlobId): Promise<SlimTree> {
    return keep(id, slim(await repo.loadBlob({ type: "tree", id }, signal), id));
  }

  return { loadTree: (id) => kept.get(id) ?? load(id) };
}

function slim(bytes: Uint8Array, id: BlobId): SlimTree {
  const files: SlimTree["files"][number][] = [];
  const folders: SlimTree["folders"][number][] = [];
  for (const node of decodeTree(bytes, `tree ${id.slice(0, 8)}`)) {
    if (node.type === "dir" && node.subtree !== undefined) folders.push({ name: node.name, tree: node.subtree });
    if (node.content !== null && node.content.length > 0) files.push({ name: node.name, size: Number(node.size), content: node.content });
  }
  return { files, folders };
}

function weightOf(tree: SlimTree): number {
  return 1 + tree.files.length + tree.folders.length;
}
