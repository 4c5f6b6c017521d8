import { parentPort, workerData } from "node:worker_threads";
import { giveUp } from "../../base/bytes.ts";

/** One worker's side of a crew: carries out a job at a time; what it throws rejects the caller's promise. */
export interface Crewman<Job, Result> {
  work(job: Job): Result;
  stop?(): void;
}

/** A job on its way to a worker. */
export interface Assignment<Job> {
  readonly id: number;
  readonly job: Job;
  /** Buffers of the job that were given away with it: they end with it, without waiting for a garbage collection (100 MB less at the peak). */
  readonly given: readonly ArrayBuffer[];
}

export type Reply<Result> =
  | { readonly id: number; readonly kind: "done"; readonly result: Result }
  | { readonly id: number; readonly kind: "failed"; readonly error: unknown };

/** What a worker is started with: plain values. Its role tells the module which of its crews it belongs to. */
export interface CrewContext {
  readonly role: string;
}

/** Called by a worker's module at its top level. Does nothing on the main thread, so that the module may be imported there too. */
export function serveCrew<Job, Result>(role: string, hire: (context: never) => Crewman<Job, Result>): void {
  const port = parentPort;
  const context: unknown = workerData;
  if (port === null || !hasRole(context, role)) return;
  const crewman = hire(context);
  port.on("message", ({ id, job, given }: Assignment<Job>) => {
    port.postMessage(carryOut(crewman, id, job));
    for (const buffer of given) giveUp(new Uint8Array(buffer));
  });
}

/** The one who starts a crew passes the context its module asks for; across threads no type says so. */
function hasRole(context: unknown, role: string): context is never {
  return typeof context === "object" && context !== null && "role" in context && context.role === role;
}

function carryOut<Job, Result>(crewman: Crewman<Job, Result>, id: number, job: Job): Reply<Result> {
  try {
    return { id, kind: "done", result: crewman.work(job) };
  } catch (error) {
    return { id, kind: "failed", error };
  }
}
