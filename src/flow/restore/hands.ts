import { RESTORE_WORKER_BYTES_MIN } from "../../base/limits.ts";
import { loneCrew, startCrew } from "../crew/crew.ts";
import { hireRestorer, type RestoreContext } from "./restore-worker.ts";
import type { RestoreCrew, RestoreJob, RestoreResult } from "./write-job.ts";

/** Who does a restore's work: the caller's thread, and others as soon as there is enough of it; they start while the plan is being made. */
export class Hands implements AsyncDisposable {
  readonly #context: RestoreContext;
  readonly #workers: number;
  readonly #signal: AbortSignal;
  readonly #lone: RestoreCrew;
  #threads: RestoreCrew | undefined;
  #bytes = 0;

  constructor(context: RestoreContext, workers: number, signal: AbortSignal) {
    this.#context = context;
    this.#workers = workers;
    this.#signal = signal;
    this.#lone = loneCrew(hireRestorer(context));
  }

  get crew(): RestoreCrew {
    return this.#threads ?? this.#lone;
  }

  /** So much more content will be compared or written. */
  expect(bytes: number): void {
    this.#bytes += bytes;
    if (this.#threads !== undefined || this.#workers === 0 || this.#bytes < RESTORE_WORKER_BYTES_MIN) return;
    const module = new URL("./restore-worker.ts", import.meta.url);
    this.#threads = startCrew<RestoreJob, RestoreResult>(module, this.#context, this.#workers, this.#signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads?.[Symbol.asyncDispose]();
    await this.#lone[Symbol.asyncDispose]();
  }
}
