import type { Bytes } from "../../base/bytes.ts";
import { below } from "./build-plan.ts";
import { metadataOf } from "./metadata.ts";
import { locationOf, type PackPart } from "./pack-part.ts";
import type { RestorePlan } from "./plan.ts";
import type { FileSpec, WriteJob } from "./write-job.ts";

/** Turns requests into jobs for workers. */
export class JobMaker {
  readonly #plan: RestorePlan;
  readonly #many: ReadonlySet<number>;
  readonly #failed: ReadonlySet<number>;

  /** `many`: files that come in several requests, made before the first of them. `failed`: files that nothing is written to any more. */
  constructor(plan: RestorePlan, many: ReadonlySet<number>, failed: ReadonlySet<number>) {
    this.#plan = plan;
    this.#many = many;
    this.#failed = failed;
  }

  /** `files` are the positions in the plan of the job's files. */
  jobOf(part: PackPart, bytes: Bytes): { readonly job: WriteJob; readonly files: readonly number[] } {
    const local = new Map<number, number>();
    const specs: FileSpec[] = [];
    const uses: { blob: number; file: number; offset: number }[] = [];
    for (const [blob, needed] of part.blobs.entries()) {
      for (const { file, offset } of needed.uses) {
        if (this.#failed.has(file)) continue;
        let at = local.get(file);
        if (at === undefined) {
          local.set(file, (at = specs.length));
          specs.push(this.#many.has(file) ? this.spec(file, "open", false) : this.spec(file, "create", true));
        }
        uses.push({ blob, file: at, offset });
      }
    }
    const blobs = part.blobs.map(locationOf);
    return { job: { kind: "write", bytes, base: part.offset, blobs, files: specs, uses }, files: [...local.keys()] };
  }

  spec(at: number, mode: FileSpec["mode"], finish: boolean): FileSpec {
    const file = this.#plan.files[at]!;
    const sparse = this.#plan.options.sparse && !file.existed;
    return {
      path: below(file.path),
      mode,
      size: file.size,
      fresh: !file.existed,
      sparse,
      finish: finish ? metadataOf(file.node) : undefined,
    };
  }
}
