import type { IndexId } from "../../base/id.ts";
import type { Segment } from "./segment.ts";

interface Part {
  readonly segment: Segment;
  readonly pack: number;
  readonly number: number;
}

/** Which index files list a pack. The first of each pack is kept with the pack, further ones are rare and kept here. */
export class IndexFiles {
  readonly #ids: IndexId[] = [];
  readonly #numbers = new Map<IndexId, number>();
  readonly #more = new Map<number, number[]>();

  /** All files by their numbers. */
  get ids(): readonly IndexId[] {
    return this.#ids;
  }

  /** No pack is listed by two files. */
  get areDistinct(): boolean {
    return this.#more.size === 0;
  }

  numberOf(file: IndexId): number {
    const known = this.#numbers.get(file);
    if (known !== undefined) return known;
    this.#ids.push(file);
    this.#numbers.set(file, this.#ids.length - 1);
    return this.#ids.length - 1;
  }

  note(part: Part, file: IndexId): void {
    const number = this.numberOf(file);
    if (part.segment.fileOf(part.pack) === undefined) part.segment.setFile(part.pack, number);
    else if (!this.of([part]).includes(file)) this.#more.set(part.number, [...(this.#more.get(part.number) ?? []), number]);
  }

  of(parts: readonly Part[]): IndexId[] {
    const found = new Set<IndexId>();
    for (const { segment, pack, number } of parts) {
      const first = segment.fileOf(pack);
      if (first === undefined) continue;
      for (const file of [first, ...(this.#more.get(number) ?? [])]) found.add(this.#ids[file]!);
    }
    return [...found];
  }
}
