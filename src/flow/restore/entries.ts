import { type Bytes, concatBytes } from "../../base/bytes.ts";
import { NS_PER_SECOND } from "../../base/time.ts";
import type { FileTimes } from "../../source/posix/write-file.ts";
import type { TargetMetadata } from "../../source/target-metadata.ts";
import { FLOATS, WORDS, Column, Runs, runAt, type RunsView } from "./column.ts";
import type { Trait } from "./traits.ts";
import type { EntryTimes, TreeEntry } from "./tree-entry.ts";

/** The parent of the root, which has none. */
export const NO_DIR = 0xffff_ffff;

/** Numbers to an entry's times: seconds and nanoseconds of the modification, then of the last access. */
const TIMES = 4;

/** What every entry of a snapshot has, as any thread may read it. */
export interface EntriesView {
  readonly names: RunsView;
  /** The directory it lies in, by its position among the directories. */
  readonly dir: Uint32Array<SharedArrayBuffer>;
  readonly trait: Uint32Array<SharedArrayBuffer>;
  readonly times: Float64Array<SharedArrayBuffer>;
}

/** Name, place, times and traits of many entries. */
export class Entries {
  readonly #names = new Runs();
  readonly #dir = new Column(WORDS);
  readonly #trait = new Column(WORDS);
  readonly #times = new Column(FLOATS);

  readonly #now: EntryTimes = { mtime: 0, mtimeNs: 0, atime: 0, atimeNs: 0 };

  get length(): number {
    return this.#dir.length;
  }

  add(entry: Pick<TreeEntry, "name" | "timesInto">, dir: number, trait: number): number {
    this.#names.push(entry.name);
    this.#trait.push(trait);
    const now = this.#now;
    entry.timesInto(now);
    this.#times.push(now.mtime);
    this.#times.push(now.mtimeNs);
    this.#times.push(now.atime);
    this.#times.push(now.atimeNs);
    return this.#dir.push(dir);
  }

  dirOf(at: number): number {
    return this.#dir.values[at]!;
  }

  /** Good until the next `add`. */
  view(): EntriesView {
    return { names: this.#names.view(), dir: this.#dir.values, trait: this.#trait.values, times: this.#times.values };
  }
}

export function metadataAt({ trait, times }: EntriesView, at: number, traits: readonly Trait[]): TargetMetadata {
  const from = at * TIMES;
  return { ...traits[trait[at]!]!, mtimeNs: nsAt(times, from), atimeNs: nsAt(times, from + 2) };
}

export function timesAt({ times }: EntriesView, at: number): FileTimes {
  const from = at * TIMES;
  return { mtime: times[from]!, mtimeNs: times[from + 1]!, atime: times[from + 2]!, atimeNs: times[from + 3]! };
}

function nsAt(times: Float64Array, at: number): bigint {
  return BigInt(times[at]!) * NS_PER_SECOND + BigInt(times[at + 1]!);
}

const NOTHING = Buffer.alloc(0);
const SLASH = Buffer.from("/");

/** Paths below the target, relative, the root empty. That of the directory asked for last is kept: entries come directory by directory. */
export class Paths {
  readonly #dirs: EntriesView;
  #last = -1;
  /** With a slash at the end, unless it is the root. */
  #prefix: Bytes = NOTHING;

  constructor(dirs: EntriesView) {
    this.#dirs = dirs;
  }

  of(entries: EntriesView, at: number): Bytes {
    const dir = entries.dir[at]!;
    if (dir !== this.#last) {
      this.#prefix = this.#prefixOf(dir);
      this.#last = dir;
    }
    return concatBytes([this.#prefix, runAt(entries.names, at)]);
  }

  ofDir(dir: number): Bytes {
    const prefix = this.#prefixOf(dir);
    return prefix.subarray(0, Math.max(0, prefix.length - 1));
  }

  #prefixOf(dir: number): Bytes {
    const names: Bytes[] = [];
    for (let at = dir; this.#dirs.dir[at] !== NO_DIR; at = this.#dirs.dir[at]!) names.push(SLASH, runAt(this.#dirs.names, at));
    return concatBytes(names.reverse());
  }
}

/** As the snapshot names it. */
export function shownPath(below: Bytes): Bytes {
  return concatBytes([SLASH, below]);
}
