import { asId, type IndexId, type PackId } from "../../base/id.ts";
import { BitColumn, Column } from "./column.ts";
import { IdTable } from "./id-table.ts";

const NO_FILE = 0xffff_ffff;

/** What the entries of a pack, or of a part of one, have in common. Parts of one pack (see PackTable.add) have the same id. */
export class PackTable {
  readonly #ids = new IdTable();
  readonly #first = new Column();
  readonly #hasTree = new BitColumn();
  readonly #file = new Column();
  readonly #files: IndexId[] = [];
  readonly #fileNumbers = new Map<IndexId, number>();
  /** Second and further index files of a pack: rare, so kept apart. */
  readonly #moreFiles = new Map<number, number[]>();

  get length(): number {
    return this.#ids.length;
  }

  /** Adds a pack whose entries begin at `firstEntry`; a pack that is known already gets a further part. */
  add(id: PackId, firstEntry: number, hasTree: boolean, file: IndexId | undefined): number {
    const pack = this.#ids.add(id);
    this.#first.push(firstEntry);
    this.#hasTree.push(hasTree);
    this.#file.push(file === undefined ? NO_FILE : this.#fileNumber(file));
    return pack;
  }

  /** Numbers of all parts of a pack. */
  partsOf(id: string): number[] {
    const parts: number[] = [];
    for (let at = this.#ids.find(id); at !== undefined; at = this.#ids.find(id, at)) parts.push(at);
    return parts.reverse();
  }

  has(id: string): boolean {
    return this.#ids.find(id) !== undefined;
  }

  /** True for the part that was added first. */
  isFirstPart(pack: number): boolean {
    return this.#ids.find(this.#ids.hexOf(pack), pack) === undefined;
  }

  idOf(pack: number): PackId {
    return asId<"pack">(this.#ids.hexOf(pack));
  }

  hasTree(pack: number): boolean {
    return this.#hasTree.get(pack);
  }

  firstEntry(pack: number): number {
    return this.#first.get(pack);
  }

  /** The pack an entry belongs to. */
  packAt(entry: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#first.get(middle) <= entry) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  addFile(pack: number, file: IndexId): void {
    const number = this.#fileNumber(file);
    if (this.#file.get(pack) === NO_FILE) this.#file.set(pack, number);
    else if (!this.filesOf(pack).includes(file)) this.#moreFiles.set(pack, [...(this.#moreFiles.get(pack) ?? []), number]);
  }

  filesOf(pack: number): IndexId[] {
    const first = this.#file.get(pack);
    if (first === NO_FILE) return [];
    return [first, ...(this.#moreFiles.get(pack) ?? [])].map((number) => this.#files[number]!);
  }

  #fileNumber(file: IndexId): number {
    const known = this.#fileNumbers.get(file);
    if (known !== undefined) return known;
    this.#files.push(file);
    this.#fileNumbers.set(file, this.#files.length - 1);
    return this.#files.length - 1;
  }

  get bytes(): number {
    return this.#ids.bytes + this.#first.bytes + this.#file.bytes + this.#hasTree.bytes;
  }
}
