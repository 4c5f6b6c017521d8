import type { Listener } from "../../base/event.ts";
import type { PackId } from "../../base/id.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { Repository } from "../../repo/repository.ts";
import { checkKeys, checkSnapshots } from "./check-files.ts";
import { checkIndexes } from "./check-index.ts";
import { checkPacks } from "./check-packs.ts";
import { checkTrees } from "./check-trees.ts";
import { type CheckReport, type Finding, Findings } from "./finding.ts";
import { readData, type ReadResult } from "./read-data.ts";
import { choosePacks, type Subset } from "./subset.ts";

export interface CheckOptions {
  /** undefined: structure only, no data is read. */
  readonly read: Subset | undefined;
  /** Which snapshots to check; with it, only packs they use are read. */
  readonly wants: ((snapshot: StoredSnapshot) => boolean) | undefined;
}

export interface CheckDeps {
  readonly signal: AbortSignal;
  readonly emit: Listener;
  readonly onFinding: (finding: Finding) => void;
  readonly workers: number;
}

const NOTHING_READ: ReadResult = { packsRead: 0, bytesRead: 0, notRead: { packs: 0, bytes: 0 } };

/** restic-format §14. Finds everything that is damaged rather than stopping at the first; damage is a value, never an exception. */
export async function check(repo: Repository, options: CheckOptions, deps: CheckDeps): Promise<CheckReport> {
  const { signal, emit } = deps;
  const findings = new Findings(deps.onFinding);
  emit({ kind: "phase", name: "load indexes" });
  const indexed = await checkIndexes(repo, findings, signal);
  emit({ kind: "phase", name: "check all packs" });
  const states = await checkPacks(repo, indexed, findings, signal);
  emit({ kind: "phase", name: "check snapshots, trees and blobs" });
  await checkKeys(repo, findings, signal);
  const all = await checkSnapshots(repo, findings);
  const snapshots = options.wants === undefined ? all : all.filter(options.wants);
  emit({ kind: "plan", steps: snapshots.length, unit: "snapshots" });
  const onSnapshot = (): void => emit({ kind: "advance", files: 1 });
  const { packs: used } = await checkTrees(repo, snapshots, findings, { signal, onSnapshot });

  const candidates = [...indexed.keys()].filter((pack) => options.wants === undefined || used.has(pack));
  const chosen = options.read === undefined ? [] : choosePacks(options.read, withSizes(candidates, states), repo.world);
  if (options.read !== undefined) emit({ kind: "phase", name: describeChoice(options.read, chosen.length, candidates.length) });
  const read = options.read === undefined ? NOTHING_READ : await readData(repo, chosen, states, findings, deps);
  return {
    errors: findings.errors,
    notices: findings.notices,
    brokenPacks: [...findings.broken],
    suggestRepairIndex: findings.suggestRepairIndex,
    suggestPrune: findings.suggestPrune,
    snapshots: snapshots.length,
    packs: indexed.size,
    ...read,
  };
}

function withSizes(packs: readonly PackId[], states: ReadonlyMap<PackId, { readonly size: number }>): { id: PackId; size: number }[] {
  return packs.map((id) => ({ id, size: states.get(id)?.size ?? 0 }));
}

function describeChoice(subset: Subset, chosen: number, all: number): string {
  switch (subset.kind) {
    case "all":
      return "read all data";
    case "part":
      return `read group #${subset.part} of ${subset.of}: ${chosen} of ${all} packs`;
    case "percent":
      return `read ${subset.percent}% of the packs: ${chosen} of ${all}, chosen at random`;
    case "bytes":
      return `read ${chosen} of ${all} packs, chosen at random`;
  }
}
