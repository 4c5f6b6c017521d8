import { WORKER_FLAGS } from "../worker-flags.ts";
import { Worker } from "node:worker_threads";
import { asBuffer, giveUp } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { WORKER_YOUNG_MIB } from "../../base/limits.ts";
import { claimAll, type JobHooks, type Kernel, type Sink, takeShipment } from "./kernel.ts";
import type { Added, FileOutcome, FileRequest, Order, Recipe, Report, SealRequest, WireFile } from "./messages.ts";

interface Job {
  readonly hooks: JobHooks | undefined;
  readingDone: boolean;
  /** Shipments of this job that the sink has not taken over yet. */
  readonly deliveries: Promise<void>[];
  resolve(result: never): void;
  reject(error: unknown): void;
}

interface Seat {
  readonly worker: Worker;
  /** Jobs it has been given and not finished. */
  jobs: number;
  streaming: boolean;
}

/**
 * The engine on `count` worker threads, started when the first job comes. Whatever goes wrong in one of them (a crash, a store that
 * refuses) fails every job under way: half a backup is none.
 */
export function workerKernel(recipe: Recipe, sink: Sink, count: number): Kernel {
  const jobs = new Map<number, Job>();
  let seats: Seat[] = [];
  let nextJob = 1;
  let waitingForChunker: (() => void)[] = [];
  let failure: { readonly error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    for (const job of jobs.values()) job.reject(failure.error);
    jobs.clear();
  }

  function start(): Seat[] {
    if (seats.length > 0) return seats;
    seats = Array.from({ length: count }, () => {
      const worker = new Worker(new URL("./thread.ts", import.meta.url), {
        workerData: recipe,
        execArgv: WORKER_FLAGS,
        resourceLimits: { maxYoungGenerationSizeMb: WORKER_YOUNG_MIB },
      });
      const seat: Seat = { worker, jobs: 0, streaming: false };
      worker.on("message", (message: Report) => void hear(seat, message).catch(fail));
      worker.on("error", fail);
      // Also an idle one: the next job would be given to nobody. After a proper end `failure` is set and this changes nothing.
      worker.on("exit", (code) => fail(new FirnError({ code: "worker-died", message: `a worker thread ended with code ${code}` })));
      return seat;
    });
    return seats;
  }

  async function hear(seat: Seat, message: Report): Promise<void> {
    const job = jobs.get(message.job);
    switch (message.kind) {
      case "ask":
        if (message.bytesRead > 0) job?.hooks?.onRead(message.bytesRead);
        tell(seat, { kind: "answer", job: message.job, wanted: claimAll(sink, message.ids) });
        if (message.readingDone && job !== undefined) readingDone(job);
        return;
      case "ship": {
        const delivery = takeShipment(sink, message.shipment);
        job?.deliveries.push(delivery);
        await delivery;
        const bytes = message.shipment.buffer.byteLength;
        giveUp(new Uint8Array(message.shipment.buffer));
        tell(seat, { kind: "taken", bytes });
        return;
      }
      case "files":
        await finish(seat, message.job, message.outcomes);
        return;
      case "sealed":
        await finish(seat, message.job, message.added);
        return;
      case "broken":
        fail(message.error);
    }
  }

  function tell(seat: Seat, order: Order, transfer: ArrayBuffer[] = []): void {
    seat.worker.postMessage(order, transfer);
  }

  function readingDone(job: Job): void {
    if (job.readingDone) return;
    job.readingDone = true;
    job.hooks?.onReadingDone();
  }

  /** A job is done when the sink has all its blobs: whoever waits for it may flush next. */
  async function finish(seat: Seat, id: number, result: readonly FileOutcome[] | readonly Added[]): Promise<void> {
    const job = jobs.get(id);
    seat.jobs--;
    if (job === undefined) return;
    readingDone(job);
    await Promise.all(job.deliveries);
    jobs.delete(id);
    job.resolve(result as never);
  }

  function leastBusy(among: readonly Seat[]): Seat | undefined {
    return among.reduce<Seat | undefined>((best, seat) => (best === undefined || seat.jobs < best.jobs ? seat : best), undefined);
  }

  /** A worker whose chunker is free: streams of one engine must not overlap. */
  async function takeChunker(): Promise<Seat> {
    for (;;) {
      const seat = leastBusy(start().filter((candidate) => !candidate.streaming));
      if (seat !== undefined) {
        seat.streaming = true;
        return seat;
      }
      await new Promise<void>((resolve) => waitingForChunker.push(resolve));
    }
  }

  function returnChunker(seat: Seat): void {
    seat.streaming = false;
    const waiting = waitingForChunker;
    waitingForChunker = [];
    for (const resolve of waiting) resolve();
  }

  function give<T>(seat: Seat, hooks: JobHooks | undefined, order: (job: number) => Order): Promise<T> {
    if (failure !== undefined) return Promise.reject(failure.error);
    const id = nextJob++;
    seat.jobs++;
    return new Promise<T>((resolve, reject) => {
      jobs.set(id, { hooks, readingDone: false, deliveries: [], resolve, reject });
      tell(seat, order(id));
    });
  }

  return {
    readers: count,
    batch: (files, hooks) => give(leastBusy(start())!, hooks, (job) => ({ kind: "batch", job, files: files.map(pack) })),
    stream: async (file, hooks) => {
      const seat = await takeChunker();
      try {
        const outcomes = await give<readonly FileOutcome[]>(seat, hooks, (job) => ({ kind: "stream", job, file: pack(file) }));
        return outcomes[0]!;
      } finally {
        returnChunker(seat);
      }
    },
    seal: (blobs) => give(leastBusy(start())!, undefined, (job) => ({ kind: "seal", job, blobs: blobs.map(detach) })),
    [Symbol.asyncDispose]: async () => {
      const leaving = seats;
      seats = [];
      failure ??= { error: new FirnError({ code: "closed", message: "the workers have been sent home" }) };
      fail(failure.error);
      await Promise.all(leaving.map((seat) => seat.worker.terminate()));
    },
  };
}

function pack(file: FileRequest): WireFile {
  return { path: asBuffer(file.path).toString("latin1"), size: file.size };
}

/** A plaintext that is a view into something larger is copied out, or the whole would be cloned. */
function detach(blob: SealRequest): SealRequest {
  const { plaintext } = blob;
  return plaintext.byteLength === plaintext.buffer.byteLength ? blob : { ...blob, plaintext: Uint8Array.from(plaintext) };
}
