import { CHECK_WORKER_BYTES_MIN } from "../../base/limits.ts";
import type { Repository } from "../../repo/repository.ts";
import { type Crew, loneCrew, startCrew } from "../crew/crew.ts";
import { Permits } from "../crew/permits.ts";
import { CHECK_ROLE, type CheckContext, type CheckJob, type CheckResult, hireChecker } from "./check-worker.ts";

export type CheckCrew = Crew<CheckJob, CheckResult>;

/** Who reads packs: the caller's own thread, or others once it is known that there is enough for them, which may be before the packs are chosen. */
export class Checkers implements AsyncDisposable {
  readonly #context: CheckContext;
  readonly #workers: number;
  readonly #signal: AbortSignal;
  #crew: CheckCrew | undefined;

  constructor(repo: Repository, workers: number, signal: AbortSignal) {
    this.#context = { role: CHECK_ROLE, key: repo.key, permits: Permits.sharedBy(repo.store.connections) };
    this.#workers = workers;
    this.#signal = signal;
  }

  /** About so many bytes will be read: starts threads if they are worth it. */
  expect(bytes: number): void {
    if (this.#crew !== undefined || this.#workers === 0 || bytes < CHECK_WORKER_BYTES_MIN) return;
    this.#crew = startCrew(new URL("./check-worker.ts", import.meta.url), this.#context, this.#workers, this.#signal);
  }

  get crew(): CheckCrew {
    return (this.#crew ??= loneCrew(hireChecker(this.#context)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#crew?.[Symbol.asyncDispose]();
  }
}
