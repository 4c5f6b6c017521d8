import type { PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { PackState, Repository } from "../../repo/repository.ts";
import { expectedSize } from "./expected-header.ts";
import type { IndexedPacks } from "./check-index.ts";
import type { Findings } from "./finding.ts";

/** Holds the listing of `data/` against the index: missing, of the wrong size, not indexed (restic-format §14.2). */
export function checkPacks(repo: Repository, indexed: IndexedPacks, listed: ReadonlyMap<PackId, PackState>, findings: Findings): void {
  for (const pack of indexed.keys()) {
    const state = listed.get(pack);
    if (state === undefined) {
      findings.error(pathOf("data", pack), "does not exist, though the index lists it", { pack, repair: "index" });
      continue;
    }
    const expected = expectedSize(repo.index, pack);
    if (state.size !== expected) {
      findings.error(pathOf("data", pack), `unexpected size: ${state.size} bytes instead of ${expected}`, { pack });
    }
  }
  for (const pack of listed.keys()) {
    if (!indexed.has(pack))
      findings.notice(pathOf("data", pack), "is in no index file; an interrupted backup leaves such packs, prune removes them");
  }
}
