import type { Bytes } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import type { StorageClass } from "../../store/object-store.ts";

/** A pack that must be thawed before a restore can go on. */
export interface MissingPack {
  readonly id: PackId;
  /** Of the whole object: a thaw makes a copy of all of it. */
  readonly size: number;
  readonly storageClass: StorageClass;
  /** thawed: readable, but for less time than a restore may need. */
  readonly state: "archived" | "thawing" | "thawed";
  /** End of the temporary copy where there is one, ms since the epoch. */
  readonly until: number | undefined;
  /** Bytes of it that the restore will read. */
  readonly needed: number;
}

export interface MissingFile {
  /** Inside the snapshot, with a leading slash. */
  readonly path: Bytes;
  readonly size: bigint;
  /** Packs this file waits for. */
  readonly packs: readonly PackId[];
}

/** What a restore had to leave in the ice. A value in its report: nothing waits, nothing is asked for. */
export interface MissingArchived {
  readonly packs: readonly MissingPack[];
  readonly files: readonly MissingFile[];
  /** Sum of the files' sizes. */
  readonly bytes: bigint;
}

/** Gathers what is missing while a plan is made or carried out. */
export class MissingList {
  readonly #packs = new Map<PackId, MissingPack>();
  readonly #files: MissingFile[] = [];

  /** Begins with what a plan has found. */
  static from(known: MissingArchived | undefined): MissingList {
    const list = new MissingList();
    for (const pack of known?.packs ?? []) list.addPack(pack);
    for (const file of known?.files ?? []) list.addFile(file);
    return list;
  }

  addFile(file: MissingFile): void {
    this.#files.push(file);
  }

  /** Adds a pack, or more bytes needed of one already listed. */
  addPack(pack: MissingPack): void {
    const known = this.#packs.get(pack.id);
    this.#packs.set(pack.id, known === undefined ? pack : { ...known, needed: known.needed + pack.needed });
  }

  /** undefined when nothing is missing. */
  value(): MissingArchived | undefined {
    if (this.#packs.size === 0 && this.#files.length === 0) return undefined;
    return {
      packs: [...this.#packs.values()],
      files: this.#files,
      bytes: this.#files.reduce((sum, file) => sum + file.size, 0n),
    };
  }
}
