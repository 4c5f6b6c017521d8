import { messageOf } from "../../base/error.ts";
import { forEachParallel } from "../../base/parallel.ts";
import type { IndexId, PackId } from "../../base/id.ts";
import { LOAD_WIDTH_FACTOR } from "../../base/limits.ts";
import { pathOf } from "../../format/file-kind.ts";
import { decodeIndex } from "../../format/index-codec.ts";
import { CompactIndex } from "../../repo/index/blob-index.ts";
import type { Repository } from "../../repo/repository.ts";
import type { Findings } from "./finding.ts";

/** Index files that list a pack, for naming them; a sound repository has one per pack. */
export type IndexedPacks = ReadonlyMap<PackId, readonly IndexId[]>;

/**
 * Loads every index file into the repository's index, reporting those that cannot be read and going on: `check` lists all damage,
 * and what the damaged file alone listed will show as missing.
 */
export async function checkIndexes(repo: Repository, findings: Findings, signal: AbortSignal): Promise<IndexedPacks> {
  const packs = new Map<PackId, IndexId[]>();
  const width = repo.store.connections * LOAD_WIDTH_FACTOR;
  await forEachParallel(
    repo.list<"index">("index", signal),
    width,
    async ({ id }) => {
      const path = pathOf("index", id);
      try {
        for (const pack of decodeIndex(await repo.loadUnpacked("index", id, signal), path)) {
          if (repo.index instanceof CompactIndex) repo.index.add(pack.id, pack.blobs, id);
          else repo.index.addPack(pack.id, pack.blobs);
          packs.set(pack.id, [...(packs.get(pack.id) ?? []), id]);
        }
      } catch (error) {
        signal.throwIfAborted();
        findings.error(path, checkOf(error, path), { repair: "index" });
      }
    },
    signal,
  );
  reportOddities(repo, packs, findings);
  return packs;
}

function reportOddities(repo: Repository, packs: IndexedPacks, findings: Findings): void {
  const differing = repo.index instanceof CompactIndex ? repo.index.differing : new Set<PackId>();
  for (const [pack, files] of packs) {
    if (differing.has(pack)) {
      findings.error(pathOf("data", pack), `index files ${files.join(", ")} list it with different blobs`, { pack, repair: "index" });
    } else if (files.length > 1) {
      findings.notice(pathOf("data", pack), `listed in ${files.length} index files: ${files.join(", ")}`, { repair: "index" });
    }
    const types = new Set(repo.index.blobsOf(pack).map((blob) => blob.type));
    if (types.size > 1) findings.notice(pathOf("data", pack), "holds both data and trees", { repair: "prune" });
  }
}

/** The failed check without the object's name before it, which the finding names already. */
export function checkOf(error: unknown, object: string): string {
  const message = messageOf(error);
  return message.startsWith(`${object}: `) ? message.slice(object.length + 2) : message;
}
