import { asBuffer, type Bytes, utf8 } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { findSnapshot, parseSnapshotSpec } from "../repo/find.ts";
import type { SnapshotFilter } from "../repo/snapshot-filter.ts";
import { findFolder, walkTree, type WalkedNode } from "../repo/tree-walk.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

export interface LsWish {
  /** `<snapshot>[:subfolder]` */
  readonly spec: string;
  /** Absolute folders inside the snapshot; everything when empty. */
  readonly folders: readonly string[];
  /** Below the folders, not just in them. */
  readonly recursive: boolean;
  readonly filter: SnapshotFilter;
  /** Told of snapshots that cannot be read while `latest` is looked for; one of them may have been it. */
  readonly onError: (what: string, error: unknown) => void;
  readonly onSnapshot: (snapshot: StoredSnapshot) => void;
  /** What it returns is awaited before the walk goes on. */
  readonly onNode: (found: WalkedNode) => Promise<void> | undefined;
  /** Folders on the way to those that are asked for. */
  readonly onPassage?: (found: WalkedNode) => unknown;
}

/** Walks a snapshot and hands over what is in the folders that are asked for. */
export async function ls(access: Access, caller: Caller, wish: LsWish): Promise<void> {
  const folders = wish.folders.map(cleanFolder);
  await withRepository(access, caller, { lock: "shared", mayGoWithout: true }, async (repo, signal) => {
    const { snapshot: name, subfolder } = parseSnapshotSpec(wish.spec);
    const index = repo.loadIndex({ signal });
    // Awaited below, unless there is no such snapshot.
    index.catch(() => undefined);
    const snapshot = await findSnapshot(repo, name, wish.filter, wish);
    await index;
    const root = subfolder === undefined ? snapshot.tree : await findFolder(repo, snapshot.tree, subfolder);
    wish.onSnapshot({ ...snapshot, tree: root });
    const visit = (found: WalkedNode): boolean | Promise<boolean> => {
      const inside = folders.length === 0 || folders.some((folder) => isWithin(folder, found.path));
      const slow = inside ? wish.onNode(found) : undefined;
      const enter = (inside && (wish.recursive || folders.length === 0)) || folders.some((folder) => isWithin(found.path, folder));
      if (enter && !inside) wish.onPassage?.(found);
      return slow === undefined ? enter : slow.then(() => enter);
    };
    await walkTree(repo, root, visit, { signal });
  });
}

function cleanFolder(text: string): Bytes {
  if (!text.startsWith("/")) {
    throw new FirnError({ code: "usage", message: `ls: the folder ${JSON.stringify(text)} is not absolute`, hint: "begin it with /" });
  }
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  return utf8(`/${parts.join("/")}`);
}

/** True when `path` is `folder` or lies somewhere below it. */
function isWithin(folder: Bytes, path: Bytes): boolean {
  if (folder.length === 1) return true;
  const begins = asBuffer(path).subarray(0, folder.length).equals(folder);
  return begins && (path.length === folder.length || path[folder.length] === SLASH);
}

const SLASH = 0x2f;
