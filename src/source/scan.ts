import type { Bytes } from "../base/bytes.ts";
import type { Folder, FolderReader } from "./folder.ts";
import { foldersOf } from "./folders.ts";
import { ListFolder } from "./list-folder.ts";
import { SELECT_ALL, type Selection } from "./reject.ts";
import type { SourceFs } from "./source-fs.ts";
import { StatFields } from "./stat-fields.ts";
import type { TargetChild, TargetNode, TargetPlan } from "./targets.ts";
import { acceptEntry, type EntryError } from "./walk.ts";

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

/** Entries between two breaths: about a millisecond of stat calls, so that whatever else this thread does is not held up. */
const ENTRIES_PER_TURN = 500;

/**
 * Counts what a backup will meet, so that its progress can say how much is left. Runs beside the backup, on the main thread, which has
 * little to do then; ends early, with the totals so far, when the signal fires.
 */
export async function scanTargets(plan: TargetPlan, selection: Selection, fs: SourceFs, options: ScanOptions = {}): Promise<ScanTotals> {
  const totals = { files: 0, dirs: 0, others: 0, bytes: 0n };
  let sinceTurn = 0;
  for (const fields of walkTargets(plan.root, selection, fs, options.onError ?? (() => undefined))) {
    if (options.signal?.aborted === true) break;
    count(totals, fields);
    if (++sinceTurn < ENTRIES_PER_TURN) continue;
    sinceTurn = 0;
    options.onProgress?.({ ...totals });
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  options.onProgress?.({ ...totals });
  return totals;
}

function count(totals: { files: number; dirs: number; others: number; bytes: bigint }, fields: StatFields): void {
  if (fields.type === "file") {
    totals.files++;
    totals.bytes += BigInt(fields.size);
  } else if (fields.type === "dir") totals.dirs++;
  else totals.others++;
}

/** Every accepted entry at and below the targets; all by the same fields. */
function* walkTargets(root: TargetNode, selection: Selection, fs: SourceFs, onError: EntryError): Generator<StatFields> {
  const reader = foldersOf(fs);
  const fields = new StatFields();
  for (const { name, node } of leaves(root)) {
    const target = new ListFolder([{ name, path: node.path, mayBeDirectory: true }], fs);
    if (!acceptEntry(target, 0, node.explicit ? SELECT_ALL : selection, fields, onError)) continue;
    yield fields;
    if (fields.type === "dir") yield* walkBelow(node.path, selection, reader, fields, onError);
  }
}

type Leaf = TargetChild & { readonly node: { readonly path: Bytes } };

function* leaves(node: TargetNode): Generator<Leaf> {
  for (const child of node.children) {
    if (child.node.path === undefined) yield* leaves(child.node);
    else yield child as Leaf;
  }
}

function* walkBelow(
  top: Bytes,
  selection: Selection,
  reader: FolderReader,
  fields: StatFields,
  onError: EntryError,
): Generator<StatFields> {
  const pending = [top];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    let folder: Folder;
    try {
      folder = reader.open(dir);
    } catch (error) {
      onError(dir, error);
      continue;
    }
    const within = selection.below(dir);
    try {
      for (let i = 0; i < folder.count; i++) {
        if (!acceptEntry(folder, i, within, fields, onError)) continue;
        if (fields.type === "dir") pending.push(folder.pathOf(i));
        yield fields;
      }
    } finally {
      folder.close();
    }
  }
}
