import type { Bytes } from "../../base/bytes.ts";
import type { BlobId, PackId } from "../../base/id.ts";
import { MissingBlobError } from "../../repo/loader.ts";
import type { Blobs } from "./blobs.ts";
import type { Copy } from "./copies.ts";
import { type Paths, shownPath } from "./entries.ts";
import type { Files } from "./files.ts";
import type { MissingList } from "./missing.ts";
import type { Problem } from "./plan.ts";

/**
 * Looks whether all that a file wants can be had. One that needs an archived blob is set to "missing" and nothing is read for it: half a
 * file under its own name would look like a whole one.
 */
export class Wants {
  readonly #files: Files;
  readonly #blobs: Blobs;
  readonly #paths: Paths;
  readonly #missing: MissingList;
  readonly #problems: Problem[];
  readonly #counted = new Set<number>();

  constructor(files: Files, blobs: Blobs, paths: Paths, missing: MissingList, problems: Problem[]) {
    this.#files = files;
    this.#blobs = blobs;
    this.#paths = paths;
    this.#missing = missing;
    this.#problems = problems;
  }

  check(file: number): void {
    const files = this.#files;
    if (!files.isWritten(file)) return;
    const content = files.contentOf(file);
    let frozen = false;
    for (const position of files.wantedOf(file)) {
      const trouble = this.#blobs.unreadable(content[position]!);
      if (trouble === undefined) continue;
      if (trouble.kind === "none") return this.#fail(file, this.#blobs.idOf(content[position]!));
      frozen = true;
    }
    if (frozen) this.#setMissing(file);
  }

  #fail(file: number, id: BlobId): void {
    this.#files.setState(file, "failed");
    this.#problems.push({ path: this.#pathOf(file), error: new MissingBlobError({ type: "data", id }) });
  }

  #pathOf(file: number): Bytes {
    return shownPath(this.#paths.of(this.#files.entries.view(), file));
  }

  #setMissing(file: number): void {
    const files = this.#files;
    const content = files.contentOf(file);
    const packs = new Set<PackId>();
    for (const position of files.wantedOf(file)) {
      const copy = this.#blobs.unreadable(content[position]!);
      if (copy?.kind !== "frozen") continue;
      packs.add(copy.at.pack);
      this.#addPack(content[position]!, copy);
    }
    files.setState(file, "missing");
    this.#missing.addFile({ path: this.#pathOf(file), size: files.nodeSizeOf(file), packs: [...packs] });
  }

  #addPack(blob: number, { at, state }: Extract<Copy, { readonly kind: "frozen" }>): void {
    const needed = this.#counted.has(blob) ? 0 : at.length;
    this.#counted.add(blob);
    this.#missing.addPack({
      id: at.pack,
      size: state.size,
      storageClass: state.storageClass,
      state: frozenState(state.state),
      until: state.until,
      needed,
    });
  }

  /** Another name of a file that cannot be had now cannot be had either. */
  followFirstNames(): void {
    const files = this.#files;
    for (let file = 0; file < files.length; file++) {
      if (files.stateOf(file) !== "link") continue;
      const first = files.stateOf(files.firstNameOf(file));
      if (first !== "missing" && first !== "failed") continue;
      files.setState(file, first);
      if (first === "missing") this.#missing.addFile({ path: this.#pathOf(file), size: 0n, packs: [] });
    }
  }
}

function frozenState(state: string): "archived" | "thawing" | "thawed" {
  return state === "thawing" || state === "thawed" ? state : "archived";
}
