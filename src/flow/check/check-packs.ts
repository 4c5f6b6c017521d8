import type { PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { packSizeOf } from "../../format/pack-header.ts";
import type { PackState, Repository } from "../../repo/repository.ts";
import type { IndexedPacks } from "./check-index.ts";
import type { Findings } from "./finding.ts";

/** Holds the listing of `data/` against the index: missing, of the wrong size, not indexed (restic-format §14.2). */
export async function checkPacks(
  repo: Repository,
  indexed: IndexedPacks,
  findings: Findings,
  signal: AbortSignal,
): Promise<ReadonlyMap<PackId, PackState>> {
  const listed = await repo.packStates({ refresh: true, signal });
  for (const pack of indexed.keys()) {
    const state = listed.get(pack);
    if (state === undefined) {
      findings.error(pathOf("data", pack), "does not exist, though the index lists it", { pack, repair: "index" });
      continue;
    }
    const expected = packSizeOf(repo.index.blobsOf(pack));
    if (state.size !== expected) {
      findings.error(pathOf("data", pack), `unexpected size: ${state.size} bytes instead of ${expected}`, { pack });
    }
  }
  for (const pack of listed.keys()) {
    if (!indexed.has(pack))
      findings.notice(pathOf("data", pack), "is in no index file; an interrupted backup leaves such packs, prune removes them");
  }
  return listed;
}
