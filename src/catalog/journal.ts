import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { utf8 } from "../base/bytes.ts";
import { dirname, join } from "node:path";
import { FirnError } from "../base/error.ts";
import type { PackId } from "../base/id.ts";
import { makeDirectories } from "../source/posix/make.ts";

/** One paid action, announced before it is done and settled after. `job` names the plan or thaw it belongs to. */
export type JournalRecord =
  | {
      readonly kind: "intent";
      readonly at: string;
      readonly job: string;
      readonly action: "move" | "thaw";
      readonly pack: PackId;
      readonly from: string;
      /** Target class of a move, retrieval tier of a thaw. */
      readonly to: string;
      readonly price: number;
    }
  /** done: paid and in effect. undone: LIST or the answer showed that nothing happened, so nothing was paid. */
  | {
      readonly kind: "settled";
      readonly at: string;
      readonly job: string;
      readonly action: "move" | "thaw";
      readonly pack: PackId;
      readonly outcome: "done" | "undone";
    }
  /** A repeated attempt that cost a request of its own. */
  | { readonly kind: "retry"; readonly at: string; readonly job: string; readonly price: number };

export interface Journal {
  /** Durable when it returns. */
  append(record: JournalRecord): void;
  records(): readonly JournalRecord[];
}

export type Intent = Extract<JournalRecord, { kind: "intent" }>;

/** What a job has spent so far, and which of its intents nobody has settled. */
export function jobAccount(records: readonly JournalRecord[], job: string): { readonly spent: number; readonly open: readonly Intent[] } {
  const open = new Map<string, Intent>();
  let spent = 0;
  for (const record of records) {
    if (record.job !== job) continue;
    if (record.kind === "retry") {
      spent += record.price;
      continue;
    }
    const key = `${record.action} ${record.pack}`;
    if (record.kind === "intent") open.set(key, record);
    else {
      if (record.outcome === "done") spent += open.get(key)?.price ?? 0;
      open.delete(key);
    }
  }
  return { spent, open: [...open.values()] };
}

/** What a job has paid for packs that still count; for a thaw those whose copy is there or under way. The last payment of each. */
export function paidFor(records: readonly JournalRecord[], job: string, counts: (pack: PackId) => boolean): number {
  const packs = new Map<PackId, { paid: number; open: number }>();
  for (const record of records) {
    if (record.job !== job || record.kind === "retry" || !counts(record.pack)) continue;
    const { paid, open } = packs.get(record.pack) ?? { paid: 0, open: 0 };
    if (record.kind === "intent") packs.set(record.pack, { paid, open: record.price });
    else packs.set(record.pack, { paid: record.outcome === "done" ? open : paid, open: 0 });
  }
  return Iterator.from(packs.values()).reduce((sum, { paid, open }) => sum + Math.max(paid, open), 0);
}

/** The journal in a folder. Appends are whole lines, so two processes cannot mix theirs. */
export function openJournal(folder: string): Journal {
  const file = join(folder, "journal.jsonl");
  return {
    append: (record) => {
      try {
        appendDurably(file, `${JSON.stringify(record)}\n`);
      } catch (cause) {
        throw new FirnError({
          code: "journal",
          message: `${file}: cannot write the journal: ${(cause as Error).message}`,
          hint: "nothing is paid for without it; name another folder with --state-dir",
          cause,
        });
      }
    },
    records: () => readRecords(file),
  };
}

export function memoryJournal(): Journal {
  const records: JournalRecord[] = [];
  return { append: (record) => void records.push(record), records: () => records };
}

function appendDurably(file: string, line: string): void {
  makeDirectories(utf8(dirname(file)));
  const isNew = !existsSync(file);
  const handle = openSync(file, "a+", 0o600);
  try {
    writeSync(handle, endsInsideLine(handle) ? `\n${line}` : line);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (isNew) syncFolder(dirname(file));
}

/** A new file outlives a power cut only when its folder is on the disk too. Systems that cannot sync a folder are taken as they are. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // The file itself is written.
  }
}

/** After a kill in the middle of a write the last line has no end; what is appended next must not be glued to it. */
function endsInsideLine(handle: number): boolean {
  const { size } = fstatSync(handle);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(handle, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

function readRecords(file: string): JournalRecord[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new FirnError({ code: "journal", message: `${file}: cannot read the journal: ${(error as Error).message}`, cause: error });
  }
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as JournalRecord];
    } catch {
      // Torn by a kill while it was written: what it announced was not done, because the call comes after.
      return [];
    }
  });
}
