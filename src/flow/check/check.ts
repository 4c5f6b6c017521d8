import type { Event, Listener } from "../../base/event.ts";
import type { PackId } from "../../base/id.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { PackState, Repository } from "../../repo/repository.ts";
import { readFiles, reportFiles } from "./check-files.ts";
import { checkIndexes } from "./check-index.ts";
import { checkPacks } from "./check-packs.ts";
import { checkTrees, type TreeWalk } from "./check-trees.ts";
import { Checkers } from "./checkers.ts";
import { type CheckReport, type Finding, Findings } from "./finding.ts";
import { readData, type ReadDeps, type ReadResult } from "./read-data.ts";
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
  await using checkers = new Checkers(repo, deps.workers, signal);
  const readsAll = options.read?.kind === "all" && options.wants === undefined;
  emit({ kind: "phase", name: "load indexes" });
  // All is asked for at once; each has its turn to be told of.
  const asked = [
    checkIndexes(repo, findings, signal),
    listPacks(repo, signal, readsAll ? checkers : undefined),
    readFiles(repo, signal),
  ] as const;
  await Promise.allSettled(asked);
  const [indexed, states, files] = await Promise.all(asked);
  emit({ kind: "phase", name: "check all packs" });
  checkPacks(repo, indexed, states, findings);
  emit({ kind: "phase", name: "check snapshots, trees and blobs" });
  reportFiles(files, findings);
  const all = files.snapshots;
  const snapshots = options.wants === undefined ? all : all.filter(options.wants);
  emit({ kind: "plan", steps: snapshots.length, unit: "snapshots" });
  const onSnapshot = (): void => emit({ kind: "advance", files: 1 });
  const lookAtTrees = (): Promise<TreeWalk> =>
    checkTrees(repo, snapshots, findings, { signal, onSnapshot, notePacks: options.wants !== undefined });
  const read = (packs: readonly PackId[], listen: Listener): Promise<ReadResult> =>
    readPacks(repo, packs, states, findings, options, { signal, checkers, emit: listen });

  let result: ReadResult;
  if (options.wants === undefined) {
    // Which packs to read does not depend on the trees: workers read while this thread walks. What they tell waits for its turn.
    const gate = new Gate(emit);
    const reading = read([...indexed.keys()], gate.listen);
    const [trees] = await Promise.allSettled([lookAtTrees().finally(() => gate.open()), reading]);
    if (trees.status === "rejected") throw trees.reason;
    result = await reading;
  } else {
    const { packs: used } = await lookAtTrees();
    result = await read(
      [...indexed.keys()].filter((pack) => used.has(pack)),
      emit,
    );
  }
  return {
    errors: findings.errors,
    notices: findings.notices,
    brokenPacks: [...findings.broken],
    suggestRepairIndex: findings.suggestRepairIndex,
    suggestPrune: findings.suggestPrune,
    snapshots: snapshots.length,
    packs: indexed.size,
    ...result,
  };
}

async function readPacks(
  repo: Repository,
  candidates: readonly PackId[],
  states: ReadonlyMap<PackId, PackState>,
  findings: Findings,
  { read }: CheckOptions,
  deps: ReadDeps,
): Promise<ReadResult> {
  if (read === undefined) return NOTHING_READ;
  const chosen = choosePacks(read, withSizes(candidates, states), repo.world);
  deps.emit({ kind: "phase", name: describeChoice(read, chosen.length, candidates.length) });
  return readData(repo, chosen, states, findings, deps);
}

/** What the listing of `data/` says. With `checkers` all of it will be read: they begin while the index is still being loaded. */
async function listPacks(repo: Repository, signal: AbortSignal, checkers: Checkers | undefined): Promise<ReadonlyMap<PackId, PackState>> {
  const states = await repo.packStates({ refresh: true, signal });
  let bytes = 0;
  for (const { size } of states.values()) bytes += size;
  checkers?.expect(bytes);
  return states;
}

/** Keeps events back until it is opened. */
class Gate {
  readonly #emit: Listener;
  #held: Event[] | undefined = [];

  constructor(emit: Listener) {
    this.#emit = emit;
  }

  readonly listen: Listener = (event) => {
    if (this.#held === undefined) this.#emit(event);
    else this.#held.push(event);
  };

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#emit(event);
  }
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
