import { type Bytes, compareBytes } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import type { Node } from "../../format/node.ts";
import { decodeTree } from "../../format/tree.ts";
import type { Repository } from "../../repo/repository.ts";

/** One directory of the parent snapshot, by name. */
export interface ParentTree {
  find(name: Bytes): Node | undefined;
}

export const NO_PARENT: ParentTree = { find: () => undefined };

/** Loads a tree of the parent snapshot. Throws with what to do when it cannot be read; the backup goes on without it. */
export async function loadParentTree(repo: Repository, id: BlobId): Promise<ParentTree> {
  if (!repo.index.has("tree", id)) {
    throw new FirnError({
      code: "tree-missing",
      message: `tree ${id} is not known; the repository could be damaged`,
      hint: "run `firn check`",
    });
  }
  let nodes: readonly Node[];
  try {
    nodes = decodeTree(await repo.loadBlob({ type: "tree", id }), `tree ${id}`);
  } catch (cause) {
    const message = `tree ${id} could not be loaded; the repository could be damaged: ${messageOf(cause)}`;
    throw new FirnError({ code: "tree-unreadable", message, cause });
  }
  return { find: finderIn(nodes) };
}

/** Names are asked for in the order they have in the tree, so that a finger that moves on does without a map. Any order is answered. */
function finderIn(nodes: readonly Node[]): (name: Bytes) => Node | undefined {
  let at = 0;
  return (name) => {
    while (at > 0 && compareBytes(nodes[at - 1]!.name, name) >= 0) at--;
    for (; at < nodes.length; at++) {
      const order = compareBytes(nodes[at]!.name, name);
      if (order >= 0) return order === 0 ? nodes[at++] : undefined;
    }
    return undefined;
  };
}
