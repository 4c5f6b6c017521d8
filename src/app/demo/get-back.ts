import { silent } from "../../base/event.ts";
import type { BlobId, SnapshotId } from "../../base/id.ts";
import { THAW_DAYS_DEFAULT } from "../../base/limits.ts";
import type { RestoreReport } from "../../flow/restore/progress.ts";
import { findUsedBlobs } from "../../flow/used-blobs.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { MissingArchived } from "../../flow/restore/missing.ts";
import type { ThawQuote } from "../../plan/thaw.ts";
import { findFolder, loadTree } from "../../repo/tree-walk.ts";
import { textLossy } from "../../base/bytes.ts";
import type { RetrievalTier } from "../../store/object-store.ts";
import { restore } from "../restore.ts";
import { thawHook } from "../thaw.ts";
import type { Stage } from "./stage.ts";
import { priceWish } from "./upkeep.ts";

export interface GotBack {
  readonly report: RestoreReport;
  readonly quote: ThawQuote | undefined;
  readonly missing: MissingArchived | undefined;
  /** What was spent on asking for a thaw. */
  readonly spent: number;
}

/** `firn restore ID --target … [--include …] [--thaw TIER]`. */
export async function getBack(
  stage: Stage,
  snapshot: SnapshotId,
  target: string,
  wish: { readonly include?: string; readonly thaw?: RetrievalTier },
): Promise<GotBack> {
  let quote: ThawQuote | undefined;
  let missing: MissingArchived | undefined;
  let spent = 0;
  const onMissing = thawHook(
    stage.access,
    { ...priceWish(stage), tier: wish.thaw, days: THAW_DAYS_DEFAULT, maxCost: undefined, wait: false, stateDir: undefined },
    {
      quoted: (offered, lacking) => {
        quote = offered;
        missing = lacking;
      },
      asked: (_report, _tier, paid) => void (spent = paid),
      waiting: () => undefined,
    },
  );
  const nothing = { patterns: [], patternsAnyCase: [], files: [], filesAnyCase: [] };
  const report = await restore(
    {
      access: stage.access,
      cwd: stage.folder,
      spec: snapshot,
      snapshots: { hosts: [], tags: [], paths: [] },
      target,
      include: { ...nothing, patterns: wish.include === undefined ? [] : [wish.include] },
      exclude: nothing,
      includeXattr: [],
      excludeXattr: [],
      overwrite: "always",
      delete: false,
      sparse: false,
      verify: false,
      dryRun: false,
      ownershipByName: false,
    },
    { ...stage.caller, emit: silent, onSnapshot: () => undefined, onMissing },
  );
  return { report, quote, missing, spent };
}

/** Keys of the packs that hold a snapshot's data; folders are left out, a local cache may have them. */
export async function packsOfSnapshot(stage: Stage, tree: BlobId): Promise<string[]> {
  const used = await findUsedBlobs(stage.repo, [tree], { signal: stage.caller.signal });
  return packsOf(stage, used.of("data"));
}

export async function packsOfFile(stage: Stage, tree: BlobId, path: string): Promise<string[]> {
  const parts = path.split("/");
  const name = parts.pop();
  const folder = await findFolder(stage.repo, tree, parts.join("/"));
  const node = (await loadTree(stage.repo, folder)).find((one) => textLossy(one.name) === name);
  return packsOf(stage, node?.content ?? []);
}

function packsOf({ repo }: Stage, blobs: Iterable<BlobId>): string[] {
  const keys = new Set<string>();
  for (const id of blobs) {
    const [first] = repo.index.lookup("data", id);
    if (first !== undefined) keys.add(pathOf("data", first.pack));
  }
  return [...keys].sort();
}
