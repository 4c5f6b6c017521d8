import { BYTES, Column } from "./column.ts";
import { Entries, NO_DIR } from "./entries.ts";
import type { TreeEntry } from "./tree-entry.ts";

const USED = 1;
const EXISTS = 2;

/** The directories of a snapshot, by number, each after the one it lies in. The first is the root. */
export class Dirs {
  readonly entries = new Entries();
  readonly #marks = new Column(BYTES);
  /** Names in the snapshot; kept only when `--delete` asks for them. */
  readonly #names = new Map<number, ReadonlySet<string>>();

  get length(): number {
    return this.entries.length;
  }

  /** `exists`: a real directory is at that place already. */
  add(entry: Pick<TreeEntry, "name" | "timesInto">, parent: number, trait: number, exists: boolean): number {
    this.#marks.push(exists ? EXISTS : 0);
    return this.entries.add(entry, parent, trait);
  }

  exists(dir: number): boolean {
    return (this.#marks.values[dir]! & EXISTS) !== 0;
  }

  /** Restored itself, or holding something that is: created, and given its metadata at the end. */
  isUsed(dir: number): boolean {
    return (this.#marks.values[dir]! & USED) !== 0;
  }

  /** With those above it. */
  use(dir: number): void {
    for (let at = dir; at !== NO_DIR && !this.isUsed(at); at = this.entries.dirOf(at)) this.#marks.values[at]! |= USED;
  }

  setNames(dir: number, names: ReadonlySet<string>): void {
    this.#names.set(dir, names);
  }

  namesIn(dir: number): ReadonlySet<string> {
    return this.#names.get(dir) ?? new Set();
  }
}
