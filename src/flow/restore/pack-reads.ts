import type { BlobId, PackId } from "../../base/id.ts";
import { MissingBlobError } from "../../repo/loader.ts";
import type { BlobIndex } from "../../repo/repository.ts";
import { chooseCopy, type Copy, type PackStates } from "./copies.ts";
import type { MissingList } from "./missing.ts";
import { contentOf, type BlobUse, type NeededBlob, type PackRead, type PlannedFile, type Problem } from "./plan.ts";

export interface PackReads {
  readonly packs: readonly PackRead[];
  readonly bytes: number;
}

/**
 * Groups what the files need by pack, packs in the order of their first use. A file that needs an archived blob is set to
 * "missing" and nothing is read for it: half a file under its own name would look like a whole one.
 */
export class ReadPlanner {
  readonly #index: BlobIndex;
  readonly #states: PackStates;
  readonly #now: number;
  readonly #missing: MissingList;
  /** What is read, by blob; nothing else is kept of one that is readable. */
  readonly #needed = new Map<BlobId, NeededBlob>();
  readonly #frozen = new Map<BlobId, Copy>();
  readonly #counted = new Set<BlobId>();
  /** In the order of first use. */
  readonly #packs = new Map<PackId, NeededBlob[]>();
  #bytes = 0;

  constructor(index: BlobIndex, states: PackStates, now: number, missing: MissingList) {
    this.#index = index;
    this.#states = states;
    this.#now = now;
    this.#missing = missing;
  }

  /** Adds the reads of one file that is new or to be updated; says why when it cannot be restored at all. */
  add(file: PlannedFile, at: number): Problem | undefined {
    const content = contentOf(file.node);
    const wanted = file.state === "new" ? content.keys() : file.fetch;
    const uses: { readonly id: BlobId; readonly copy: Copy; readonly use: BlobUse }[] = [];
    const offsets = offsetsOf(this.#index, content);
    for (const position of wanted) {
      const id = content[position]!;
      const copy = this.#copyOf(id);
      if (copy.kind === "none") {
        file.state = "failed";
        return { path: file.path, error: new MissingBlobError({ type: "data", id }) };
      }
      uses.push({ id, copy, use: { file: at, offset: offsets[position]! } });
    }
    if (uses.some(({ copy }) => copy.kind === "frozen")) this.#setMissing(file, uses);
    else for (const { id, copy, use } of uses) if (copy.kind === "readable") this.#need(id, copy, use);
    return undefined;
  }

  finish(): PackReads {
    const packs: PackRead[] = [];
    for (const [pack, blobs] of this.#packs) {
      packs.push({ pack, blobs: blobs.sort((a, b) => a.offset - b.offset) });
    }
    return { packs, bytes: this.#bytes };
  }

  #copyOf(id: BlobId): Copy {
    const at = this.#needed.get(id);
    if (at !== undefined) return { kind: "readable", at };
    const frozen = this.#frozen.get(id);
    if (frozen !== undefined) return frozen;
    const copy = chooseCopy(this.#index.lookup("data", id), this.#states, this.#now);
    if (copy.kind === "frozen") this.#frozen.set(id, copy);
    return copy;
  }

  #need(id: BlobId, { at }: Extract<Copy, { kind: "readable" }>, use: BlobUse): void {
    const known = this.#needed.get(id);
    if (known !== undefined) {
      known.uses.push(use);
      return;
    }
    let blobs = this.#packs.get(at.pack);
    if (blobs === undefined) this.#packs.set(at.pack, (blobs = []));
    // The index makes new text for every answer; the id is the tree's own and the pack's is shared by its blobs.
    const blob: NeededBlob = { ...at, id, pack: blobs[0]?.pack ?? at.pack, uses: [use] };
    blobs.push(blob);
    this.#needed.set(id, blob);
    this.#bytes += at.length;
  }

  #setMissing(file: PlannedFile, uses: readonly { readonly id: BlobId; readonly copy: Copy }[]): void {
    file.state = "missing";
    const packs = new Set<PackId>();
    for (const { id, copy } of uses) {
      if (copy.kind !== "frozen") continue;
      const { at, state } = copy;
      packs.add(at.pack);
      const needed = this.#counted.has(id) ? 0 : at.length;
      this.#counted.add(id);
      this.#missing.addPack({
        id: at.pack,
        size: state.size,
        storageClass: state.storageClass,
        state: frozenState(state.state),
        until: state.until,
        needed,
      });
    }
    this.#missing.addFile({ path: file.path, size: file.node.size, packs: [...packs] });
  }
}

function frozenState(state: string): "archived" | "thawing" | "thawed" {
  return state === "thawing" || state === "thawed" ? state : "archived";
}

/** Where each blob of a file begins; blobs no index knows count nothing (the file fails anyway). */
export function offsetsOf(index: BlobIndex, content: readonly BlobId[]): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (const id of content) {
    offsets.push(at);
    at += index.plaintextLength("data", id) ?? 0;
  }
  return offsets;
}

export function sizeOf(index: BlobIndex, content: readonly BlobId[]): number {
  return content.reduce((sum, id) => sum + (index.plaintextLength("data", id) ?? 0), 0);
}
