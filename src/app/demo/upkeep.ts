import { utf8 } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { silent } from "../../base/event.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { type BackupReport, runBackup } from "../../flow/backup/run.ts";
import { acquireLock } from "../../repo/lock.ts";
import { NO_RULES } from "../../source/selection-rules.ts";
import type { SourceFs } from "../../source/source-fs.ts";
import type { TargetNode } from "../../source/targets.ts";
import { DEFAULT_PRUNE } from "../../plan/prune/prune-options.ts";
import { PROGRAM_NAME } from "../../base/version.ts";
import { forget } from "../forget.ts";
import { type Applied, applyTiers } from "../tier/apply.ts";
import type { PriceWish } from "../tier/prices.ts";
import { type VerifyReport, verifyTiering } from "../tier/verify.ts";
import type { Stage } from "./stage.ts";

const FOLDERS = ["etc", "srv", "var"];

/** `firn backup /etc /srv /var` on the demo's server: its folders are called as they would be there, not as in the temporary folder. */
export async function backUp(stage: Stage, fs: SourceFs, parent: StoredSnapshot | undefined): Promise<BackupReport> {
  const { repo, world } = stage;
  const startedNs = world.clock.nowNs();
  await using lock = await acquireLock(repo, { exclusive: false, signal: stage.caller.signal });
  const report = await runBackup(repo, {
    source: { kind: "files", root: targets(`${stage.folder}/server`), rules: NO_RULES, fs },
    parent,
    facts: {
      time: { ns: startedNs, offset: 0 },
      paths: FOLDERS.map((name) => `/${name}`),
      hostname: world.hostname,
      excludes: [],
      tags: [],
      programVersion: PROGRAM_NAME,
    },
    startedNs,
    change: { ignoreCtime: false, ignoreInode: false },
    withAtime: false,
    // In this thread and one by one: two threads would pack the same blobs in another order each time.
    workers: 0,
    items: false,
    dryRun: false,
    skipIfUnchanged: false,
    emit: silent,
    signal: lock.signal,
  });
  if (report.errors > 0) throw new FirnError({ code: "demo", message: "a file of the demo's own folder could not be read" });
  return report;
}

function targets(root: string): TargetNode {
  const leaf = (name: string): TargetNode => ({ path: utf8(`${root}/${name}`), metadataPath: undefined, explicit: true, children: [] });
  return {
    path: undefined,
    metadataPath: undefined,
    explicit: false,
    children: FOLDERS.map((name) => ({ name: utf8(name), node: leaf(name) })),
  };
}

/**
 * `firn forget --prune --max-unused unlimited --repack-smaller-than 1`: by the keep policy of firn.yaml; how many snapshots and packs
 * went. Nothing is repacked, as under a lifecycle rule nothing could be: the bills differ by where packs lie, not by how they were made.
 */
export async function tidy(stage: Stage): Promise<{ readonly snapshots: number; readonly packs: number }> {
  let snapshots = 0;
  let packs = 0;
  const hooks = {
    emit: silent,
    onPlan: ({ plan }: { plan: { remove: readonly unknown[]; unreferenced: readonly unknown[] } }) =>
      void (packs = plan.remove.length + plan.unreferenced.length),
    onDecision: () => undefined,
    onRemoved: () => undefined,
    onForgotten: (removed: number) => void (snapshots = removed),
    onError: (_what: string, error: unknown) => {
      throw error;
    },
  };
  await forget(
    stage.access,
    { ...stage.caller, ...hooks },
    {
      names: [],
      filter: { hosts: [], tags: [], paths: [] },
      groupBy: { host: true, paths: true, tags: false },
      policy: undefined,
      allowRemoveAll: false,
      dryRun: false,
      prune: { ...DEFAULT_PRUNE, maxUnused: { kind: "unlimited" }, smallPackBytes: 1 },
    },
  );
  await reread(stage);
  return { snapshots, packs };
}

/** `firn tier apply --yes`. */
export async function freeze(stage: Stage): Promise<Applied> {
  const applied = await applyTiers(stage.access, stage.caller, {
    ...priceWish(stage),
    file: undefined,
    strict: false,
    maxCost: undefined,
    assumeUnversioned: false,
    stateDir: undefined,
    listener: silent,
    confirm: async () => true,
  });
  const failed = applied?.failed[0];
  if (applied === undefined || failed !== undefined)
    throw new FirnError({ code: "demo", message: `tier apply: ${failed?.why ?? "nothing was done"}` });
  await reread(stage);
  return applied;
}

/** `firn tier verify`. */
export function verify(stage: Stage): Promise<VerifyReport> {
  return verifyTiering(stage.access, stage.caller, { ...priceWish(stage), strict: false });
}

export function priceWish({ profile }: Stage): PriceWish {
  return { provider: undefined, region: undefined, profile };
}

/** Other openings of the repository have written; the one that lives through the year looks again. */
async function reread({ repo, caller }: Stage): Promise<void> {
  await repo.loadIndex({ reload: true, signal: caller.signal });
}
