import { fromLatin } from "../../source/path.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import type { FileFailed, LargeFile, NOTHING_ADDED } from "./smith.ts";
import type { Ticket, Work, WorkTools } from "./work.ts";

/** A walk for tests: paths (latin-1) in, what became of each out. One that begins with `!` makes the thread fail, `tree ` asks for a tree. */
export interface ListTask {
  readonly paths: readonly string[];
}

export type ListOutcome =
  | { readonly kind: "saved"; readonly content: readonly string[]; readonly size: number; readonly added: typeof NOTHING_ADDED }
  | { readonly kind: "tree"; readonly text: string }
  | FileFailed;

export interface ListResult {
  readonly outcomes: readonly ListOutcome[];
}

export interface ListTotals {
  readonly files: number;
}

interface List {
  readonly ticket: Ticket;
  readonly paths: string[];
  readonly outcomes: (ListOutcome | undefined)[];
  next: number;
  missing: number;
}

export type ListTools = WorkTools<ListTask, ListResult>;

/** Saves files and gives half of what is left away whenever somebody is idle. */
export class ListWork implements Work<ListTask, ListResult, ListTotals> {
  private readonly tools: ListTools;
  private readonly lists: List[] = [];
  private readonly awaited = new Map<Ticket, (outcomes: readonly ListOutcome[]) => void>();
  private large: { readonly file: LargeFile; readonly list: List; readonly at: number } | undefined;
  private files = 0;

  constructor(tools: ListTools) {
    this.tools = tools;
  }

  take(ticket: Ticket, { paths }: ListTask): void {
    this.lists.push({ ticket, paths: [...paths], outcomes: paths.map(() => undefined), next: 0, missing: paths.length });
  }

  step(): boolean {
    if (this.large !== undefined) return this.stepLarge(this.large);
    const list = this.lists.find(({ next, paths }) => next < paths.length);
    if (list === undefined) return false;
    this.giveHalf(list);
    const at = list.next++;
    this.file(list, at, list.paths[at]!);
    return true;
  }

  join(ticket: Ticket, { outcomes }: ListResult): void {
    this.awaited.get(ticket)!(outcomes);
    this.awaited.delete(ticket);
  }

  answer(ticket: Ticket, tree: Parameters<Work<ListTask, ListResult, ListTotals>["answer"]>[1]): void {
    const text = tree.kind === "tree" ? Buffer.from(tree.bytes).toString() : String(tree.error);
    this.join(ticket, { outcomes: [{ kind: "tree", text }] });
  }

  totals(): ListTotals {
    return { files: this.files };
  }

  private giveHalf(list: List): void {
    const left = list.paths.length - list.next;
    if (left < 2 || !this.tools.forks.wanted) return;
    const from = list.paths.length - (left >> 1);
    const ticket = this.tools.forks.give({ paths: list.paths.slice(from) });
    if (ticket === undefined) return;
    list.paths.length = from;
    this.awaited.set(ticket, (outcomes) => {
      for (const [k, outcome] of outcomes.entries()) this.settle(list, from + k, outcome);
    });
  }

  private file(list: List, at: number, name: string): void {
    if (name.startsWith("!")) throw new Error(name.slice(1));
    if (name.startsWith("tree ")) {
      this.awaited.set(this.tools.desk.askTree(name.slice(5) as never), ([outcome]) => this.settle(list, at, outcome!));
      return;
    }
    const path = fromLatin(name);
    this.files++;
    this.tools.desk.current(path);
    const outcome = this.tools.smith.saveSmall(path);
    if (outcome.kind !== "grown") return this.settle(list, at, plain(outcome));
    const file = this.tools.smith.openLarge(path);
    if (file.kind === "failed") return this.settle(list, at, file);
    this.large = { file, list, at };
  }

  private stepLarge({ file, list, at }: NonNullable<typeof this.large>): boolean {
    const outcome = file.step();
    if (outcome === undefined) return true;
    this.large = undefined;
    this.settle(list, at, plain(outcome));
    return true;
  }

  private settle(list: List, at: number, outcome: ListOutcome): void {
    list.outcomes[at] = outcome;
    this.tools.desk.advance(1, 0);
    if (--list.missing > 0) return;
    this.lists.splice(this.lists.indexOf(list), 1);
    this.tools.smith.saveTree(utf8(JSON.stringify({ nodes: list.paths.length })));
    this.tools.forks.finish(list.ticket, { outcomes: list.outcomes.filter((one) => one !== undefined) });
  }
}

function plain(outcome: Exclude<ReturnType<LargeFile["step"]>, undefined>): ListOutcome {
  if (outcome.kind === "failed") return outcome;
  const { kind, content, size, added } = outcome;
  return { kind, content: toHex(content).match(/.{64}/g) ?? [], size, added };
}
