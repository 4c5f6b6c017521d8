import type { Bytes } from "../../base/bytes.ts";
import { FirnError, messageOf } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import type { Node } from "../../format/node.ts";
import { decodeTree } from "../../format/tree.ts";
import type { Repository } from "../../repo/repository.ts";
import { toLatin } from "../../source/path.ts";

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
  const byName = new Map<string, Node>();
  for (const node of nodes) byName.set(toLatin(node.name), node);
  return { find: (name) => byName.get(toLatin(name)) };
}
