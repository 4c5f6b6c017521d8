import { setImmediate as nextTurn } from "node:timers/promises";
import { WORKER_FLAGS } from "../worker-flags.ts";
import { Worker } from "node:worker_threads";
import { CREW_YOUNG_MIB } from "../../base/limits.ts";
import { returnLargeBuffers } from "../../source/posix/libc.ts";
import type { Assignment, CrewContext, Crewman, Reply } from "./serve.ts";

/**
 * A few workers that each carry out one kind of job. Jobs wait in one queue, so a slow one holds up nobody else; each worker is
 * given its next job while it still works on one, so that it never waits for the main thread.
 */
export interface Crew<Job, Result> extends AsyncDisposable {
  readonly size: number;
  /** `transfer` lists buffers that the caller gives away. Rejects with what the job threw. */
  run(job: Job, transfer?: readonly ArrayBuffer[]): Promise<Result>;
}

const JOBS_PER_WORKER = 2;

interface Pending<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Waiting<Job, Result> extends Pending<Result> {
  readonly job: Job;
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Starts workers on a module that calls `serveCrew` with a maker of crewmen for `context`. When `signal` is aborted they end in the middle of
 * their jobs, which then reject with its reason: one job may be the writing of a whole disk.
 */
export function startCrew<Job, Result>(module: URL, context: CrewContext, size: number, signal?: AbortSignal): Crew<Job, Result> {
  returnLargeBuffers();
  const queue: Waiting<Job, Result>[] = [];
  const mates = Array.from({ length: size }, () => startMate<Job, Result>(module, context, () => feed()));
  let closed = false;
  const abort = (): void => {
    for (const { reject } of queue.splice(0)) reject(signal?.reason);
    for (const mate of mates) mate.giveUp(signal?.reason);
  };
  signal?.addEventListener("abort", abort, { once: true });

  function feed(): void {
    for (;;) {
      const mate = mates.reduce((least, other) => (other.busy() < least.busy() ? other : least));
      if (queue.length === 0 || mate.busy() >= JOBS_PER_WORKER) return;
      mate.give(queue.shift()!);
    }
  }

  return {
    size,
    run: (job, transfer = []) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error("the crew is gone"));
        if (signal?.aborted === true) return reject(signal.reason);
        queue.push({ job, transfer, resolve, reject });
        feed();
      }),
    async [Symbol.asyncDispose]() {
      closed = true;
      signal?.removeEventListener("abort", abort);
      await Promise.all(mates.map((mate) => mate.stop()));
    },
  };
}

/** The same contract on the caller's own thread, for work too small to be worth a thread; between two jobs everybody else has a turn. */
export function loneCrew<Job, Result>(crewman: Crewman<Job, Result>): Crew<Job, Result> {
  return {
    size: 1,
    run: async (job) => {
      await nextTurn();
      return crewman.work(job);
    },
    async [Symbol.asyncDispose]() {
      crewman.stop?.();
    },
  };
}

interface Mate<Job, Result> {
  busy(): number;
  give(waiting: Waiting<Job, Result>): void;
  /** Ends at once; what is under way rejects. */
  giveUp(reason: unknown): void;
  stop(): Promise<void>;
}

function startMate<Job, Result>(module: URL, context: CrewContext, onIdle: () => void): Mate<Job, Result> {
  const resourceLimits = { maxYoungGenerationSizeMb: CREW_YOUNG_MIB };
  const worker = new Worker(module, { workerData: context, execArgv: WORKER_FLAGS, resourceLimits });
  const pending = new Map<number, Pending<Result>>();
  let next = 0;
  let broken: unknown;
  const fail = (error: unknown): void => {
    broken ??= error;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on("message", (reply: Reply<Result>) => {
    const waiting = pending.get(reply.id);
    // Stopped meanwhile: nobody waits for the answer any more.
    if (waiting === undefined) return;
    pending.delete(reply.id);
    onIdle();
    if (reply.kind === "done") waiting.resolve(reply.result);
    else waiting.reject(reply.error);
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`a worker thread ended with code ${code}`)));
  return {
    busy: () => pending.size,
    give({ job, transfer, resolve, reject }) {
      if (broken !== undefined) return reject(broken);
      const id = next++;
      pending.set(id, { resolve, reject });
      const assignment: Assignment<Job> = { id, job, given: transfer };
      worker.postMessage(assignment, transfer);
    },
    giveUp(reason) {
      fail(reason);
      void worker.terminate();
    },
    async stop() {
      pending.clear();
      await worker.terminate();
    },
  };
}
