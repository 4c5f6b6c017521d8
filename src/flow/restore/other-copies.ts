import type { Bytes } from "../../base/bytes.ts";
import type { Repository } from "../../repo/repository.ts";
import type { TargetFs } from "../../source/target-fs.ts";
import { Paths } from "./entries.ts";
import { CREATED, EXISTED } from "./files.ts";
import type { RestorePlan } from "./plan.ts";

/** The way out when a blob's first copy is damaged: it is read from wherever else it lies and written by the main thread. */
export class OtherCopies {
  readonly #repo: Repository;
  readonly #plan: RestorePlan;
  readonly #target: TargetFs;
  readonly #signal: AbortSignal;
  readonly #paths: Paths;

  constructor(repo: Repository, plan: RestorePlan, target: TargetFs, signal: AbortSignal) {
    this.#repo = repo;
    this.#plan = plan;
    this.#target = target;
    this.#signal = signal;
    this.#paths = new Paths(plan.dirs.entries.view());
  }

  /** undefined when no copy will do. */
  async load(blob: number): Promise<Bytes | undefined> {
    const id = this.#plan.blobs.idOf(blob);
    if (this.#repo.index.lookup("data", id).length < 2) return undefined;
    try {
      return await this.#repo.loadBlob({ type: "data", id }, this.#signal);
    } catch {
      this.#signal.throwIfAborted();
      return undefined;
    }
  }

  /** Writes to a file that no worker may have made yet. */
  patch(file: number, plaintext: Bytes, offset: number): void {
    const { files, options } = this.#plan;
    const path = this.#paths.of(files.entries.view(), file);
    const size = files.sizeOf(file);
    const opened = files.has(file, CREATED)
      ? this.#target.openFile(path)
      : this.#target.createFile(path, { size, sparse: options.sparse && !files.has(file, EXISTED) });
    files.setFlag(file, CREATED);
    try {
      this.#target.writeAt(opened, plaintext, offset);
    } finally {
      this.#target.closeFile(opened);
    }
  }
}
