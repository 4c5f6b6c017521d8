import { type Bytes, concatBytes, utf8 } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { SlimTree, TreeSource } from "./reference-walk.ts";

export interface FoundPath {
  readonly snapshot: StoredSnapshot;
  /** Inside the snapshot, from `/`. */
  readonly path: Bytes;
  readonly blobs: readonly BlobId[];
}

const SLASH = utf8("/");

/** One path, in the newest snapshot that has it, for each file that holds any of these blobs; a blob is named once. */
export async function findPaths(
  snapshots: readonly StoredSnapshot[],
  source: TreeSource,
  wanted: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<FoundPath[]> {
  const open = new Set(wanted);
  const visited = new Set<BlobId>();
  const found: FoundPath[] = [];

  async function enter(snapshot: StoredSnapshot, id: BlobId, folder: Bytes): Promise<void> {
    if (visited.has(id) || open.size === 0) return;
    visited.add(id);
    signal?.throwIfAborted();
    const tree: SlimTree = await source.loadTree(id);
    for (const file of tree.files) {
      const blobs = file.content.filter((blob) => open.delete(blob));
      if (blobs.length > 0) found.push({ snapshot, path: concatBytes([folder, file.name]), blobs });
    }
    for (const child of tree.folders) await enter(snapshot, child.tree, concatBytes([folder, child.name, SLASH]));
  }

  const newestFirst = [...snapshots].sort((a, b) => (a.time.ns > b.time.ns ? -1 : 1));
  for (const snapshot of newestFirst) await enter(snapshot, snapshot.tree, SLASH);
  return found;
}
