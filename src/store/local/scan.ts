import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LOCAL_STAT_BATCH } from "../../base/limits.ts";
import type { ListOptions, ObjectInfo } from "../object-store.ts";
import { localError } from "./error.ts";
import { isAbsent } from "./read.ts";

/** Left over when a write was killed (restic's temporary files look the same); never an object. */
const TEMPORARY = /-tmp-/;

/** Every file below `root` whose relative path starts with `prefix`. What vanishes while we look was not there. */
export function scan(root: string, prefix: string, options: ListOptions): AsyncGenerator<ObjectInfo> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  return scanFolder(root, folder, prefix, options);
}

/** `folder` is relative to the root and empty or ends with a slash. */
async function* scanFolder(root: string, folder: string, prefix: string, options: ListOptions): AsyncGenerator<ObjectInfo> {
  const { signal, namesOnly } = options;
  signal?.throwIfAborted();
  const entries = (await entriesOf(join(root, folder))).filter(({ name }) => couldMatch(folder + name, prefix) && !TEMPORARY.test(name));
  for (let at = 0; at < entries.length; at += LOCAL_STAT_BATCH) {
    const batch = entries.slice(at, at + LOCAL_STAT_BATCH);
    const found = await Promise.all(batch.map((entry) => inspect(root, folder + entry.name, entry, namesOnly === true)));
    signal?.throwIfAborted();
    for (const item of found) {
      if (item === undefined) continue;
      if (item === "folder") continue;
      if (item.key.startsWith(prefix)) yield item;
    }
    for (const [i, item] of found.entries()) {
      if (item === "folder") yield* scanFolder(root, `${folder}${batch[i]!.name}/`, prefix, options);
    }
  }
}

function couldMatch(path: string, prefix: string): boolean {
  return path.startsWith(prefix) || prefix.startsWith(`${path}/`);
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw localError(error, "list", path, undefined);
  }
}

/** A file's facts, or that it is a folder. Symlinks are followed: people move `data/` to another disk that way. */
async function inspect(root: string, key: string, entry: Dirent, nameOnly: boolean): Promise<ObjectInfo | "folder" | undefined> {
  if (entry.isDirectory()) return "folder";
  // The stats of a thousand files take 25 ms.
  if (nameOnly && entry.isFile()) return { key, size: 0, lastModified: 0, storageClass: "STANDARD", restore: undefined, etag: undefined };
  const path = join(root, key);
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) return "folder";
    if (!facts.isFile()) return undefined;
    return { key, size: facts.size, lastModified: facts.mtimeMs, storageClass: "STANDARD", restore: undefined, etag: undefined };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw localError(error, "look at", path, key);
  }
}
