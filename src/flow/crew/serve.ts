import { parentPort, workerData } from "node:worker_threads";

/** One worker's side of a crew: carries out a job at a time; what it throws rejects the caller's promise. */
export interface Crewman<Job, Result> {
  work(job: Job): Result;
  stop?(): void;
}

export type Reply<Result> =
  | { readonly id: number; readonly kind: "done"; readonly result: Result }
  | { readonly id: number; readonly kind: "failed"; readonly error: unknown };

/** Called by a worker's module at its top level. Does nothing on the main thread, so that the module may be imported there too. */
export function serveCrew<Context, Job, Result>(hire: (context: Context) => Crewman<Job, Result>, role: string): void {
  const port = parentPort;
  const data = workerData as { readonly role?: string } | null;
  if (port === null || data?.role !== role) return;
  const crewman = hire(workerData as Context);
  port.on("message", ({ id, job }: { id: number; job: Job }) => {
    port.postMessage(carryOut(crewman, id, job));
  });
}

function carryOut<Job, Result>(crewman: Crewman<Job, Result>, id: number, job: Job): Reply<Result> {
  try {
    return { id, kind: "done", result: crewman.work(job) };
  } catch (error) {
    return { id, kind: "failed", error };
  }
}
