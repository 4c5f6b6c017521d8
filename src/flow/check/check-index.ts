import { messageOf } from "../../base/error.ts";
import type { IndexId, PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { Repository } from "../../repo/repository.ts";
import { expectedMixed } from "./expected-header.ts";
import type { Findings } from "./finding.ts";

/** Index files that list a pack, for naming them; a sound repository has one per pack. */
export type IndexedPacks = ReadonlyMap<PackId, readonly IndexId[]>;

/**
 * Loads every index file, reporting those that cannot be read and going on: `check` lists all damage, and what the damaged file alone
 * listed will show as missing.
 */
export async function checkIndexes(repo: Repository, findings: Findings, signal: AbortSignal): Promise<IndexedPacks> {
  const onError = (id: string, error: unknown): void => {
    const path = pathOf("index", id);
    findings.error(path, checkOf(error, path), { repair: "index" });
  };
  await repo.loadIndex({ reload: true, signal, onError });
  const packs = new Map<PackId, readonly IndexId[]>();
  for (const pack of repo.index.packs()) packs.set(pack, repo.index.filesOf(pack));
  reportOddities(repo, packs, findings);
  return packs;
}

function reportOddities(repo: Repository, packs: IndexedPacks, findings: Findings): void {
  for (const [pack, files] of packs) {
    if (repo.index.differing.has(pack)) {
      findings.error(pathOf("data", pack), `index files ${files.join(", ")} list it with different blobs`, { pack, repair: "index" });
    } else if (files.length > 1) {
      findings.notice(pathOf("data", pack), `listed in ${files.length} index files: ${files.join(", ")}`, { repair: "index" });
    }
    if (expectedMixed(repo.index, pack)) findings.notice(pathOf("data", pack), "holds both data and trees", { repair: "prune" });
  }
}

/** The failed check without the object's name before it, which the finding names already. */
export function checkOf(error: unknown, object: string): string {
  const message = messageOf(error);
  return message.startsWith(`${object}: `) ? message.slice(object.length + 2) : message;
}
