import { asBuffer, type Bytes, utf8 } from "../base/bytes.ts";
import { CorruptError, FirnError } from "../base/error.ts";
import { type BlobId, shortId } from "../base/id.ts";
import type { Node } from "../format/node.ts";
import { decodeTree } from "../format/tree.ts";
import type { Repository } from "./repository.ts";

export async function loadTree(repo: Repository, id: BlobId, signal?: AbortSignal): Promise<Node[]> {
  return decodeTree(await repo.loadBlob({ type: "tree", id }, signal), `tree ${shortId(id)}`);
}

/** The tree of a folder inside a snapshot, by its path with `/` between names. */
export async function findFolder(repo: Repository, root: BlobId, path: string): Promise<BlobId> {
  let tree = root;
  for (const name of path.split("/").filter((part) => part !== "" && part !== ".")) {
    const wanted = utf8(name);
    const node = (await loadTree(repo, tree)).find((candidate) => asBuffer(candidate.name).equals(wanted));
    if (node?.subtree === undefined) {
      throw new FirnError({
        code: "no-such-path",
        message: `the snapshot has no folder ${JSON.stringify(path)}: ${JSON.stringify(name)} is ${node === undefined ? "not there" : `a ${node.type}`}`,
        hint: "`firn ls` shows what the snapshot holds",
      });
    }
    tree = node.subtree;
  }
  return tree;
}

export interface WalkedNode {
  /** Path inside the snapshot, beginning with `/`. */
  readonly path: Bytes;
  readonly node: Node;
}

/** Visits all nodes in the order of their names, folders before what they hold; a folder is entered only when `visit` returns true for it. */
export async function walkTree(
  repo: Repository,
  root: BlobId,
  visit: (found: WalkedNode) => Promise<boolean> | boolean,
  options: { readonly under?: Bytes; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const prefix = asBuffer(options.under ?? new Uint8Array(0));
  for (const node of await loadTree(repo, root, options.signal)) {
    options.signal?.throwIfAborted();
    const path = Buffer.concat([prefix, SLASH, node.name]);
    const answer = visit({ path, node });
    const enter = typeof answer === "boolean" ? answer : await answer;
    if (node.type !== "dir" || !enter) continue;
    if (node.subtree === undefined)
      throw new CorruptError({ object: `tree ${shortId(root)}`, check: "a folder in it has no tree of its own" });
    await walkTree(repo, node.subtree, visit, { ...options, under: path });
  }
}

const SLASH = Buffer.from("/");
