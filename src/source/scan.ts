import type { Bytes } from "../base/bytes.ts";
import type { AcceptedEntry, EntryError } from "./walk.ts";
import { acceptEntry, listAccepted } from "./walk.ts";
import { SELECT_ALL, type Selection } from "./reject.ts";
import type { SourceFs } from "./source-fs.ts";
import type { TargetNode, TargetPlan } from "./targets.ts";

export interface ScanTotals {
  readonly files: number;
  readonly dirs: number;
  readonly others: number;
  readonly bytes: bigint;
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with what was found so far. */
  readonly onProgress?: (totals: ScanTotals) => void;
  readonly onError?: EntryError;
}

/** Entries between two breaths: about 2 ms of stat calls, so that a backup on the same thread is not held up. */
const ENTRIES_PER_TURN = 500;

/**
 * Counts what a backup will meet, so that its progress can say how much is left. Runs beside the backup on the same
 * thread; ends early, with the totals so far, when the signal fires.
 */
export async function scanTargets(plan: TargetPlan, selection: Selection, fs: SourceFs, options: ScanOptions = {}): Promise<ScanTotals> {
  const totals = { files: 0, dirs: 0, others: 0, bytes: 0n };
  let sinceTurn = 0;
  for (const entry of walkTargets(plan.root, selection, fs, options.onError ?? (() => undefined))) {
    if (options.signal?.aborted === true) break;
    count(totals, entry);
    if (++sinceTurn < ENTRIES_PER_TURN) continue;
    sinceTurn = 0;
    options.onProgress?.({ ...totals });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  options.onProgress?.({ ...totals });
  return totals;
}

function count(totals: { files: number; dirs: number; others: number; bytes: bigint }, { stat }: Pick<AcceptedEntry, "stat">): void {
  if (stat.type === "file") {
    totals.files++;
    totals.bytes += stat.size;
  } else if (stat.type === "dir") totals.dirs++;
  else totals.others++;
}

/** Every accepted entry at and below the targets. */
function* walkTargets(
  node: TargetNode,
  selection: Selection,
  fs: SourceFs,
  onError: EntryError,
): Generator<Pick<AcceptedEntry, "path" | "stat">> {
  if (node.path !== undefined) {
    const stat = acceptEntry(node.path, node.explicit ? SELECT_ALL : selection, fs, onError);
    if (stat === undefined) return;
    yield { path: node.path, stat };
    if (stat.type === "dir") yield* walkBelow(node.path, selection, fs, onError);
    return;
  }
  for (const child of node.children) yield* walkTargets(child.node, selection, fs, onError);
}

function* walkBelow(top: Bytes, selection: Selection, fs: SourceFs, onError: EntryError): Generator<AcceptedEntry> {
  const pending = [top];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    let entries: AcceptedEntry[];
    try {
      entries = listAccepted(dir, selection, fs, onError);
    } catch (error) {
      onError(dir, error);
      continue;
    }
    for (const entry of entries) {
      yield entry;
      if (entry.stat.type === "dir") pending.push(entry.path);
    }
  }
}
