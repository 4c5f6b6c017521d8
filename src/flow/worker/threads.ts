import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import { WORKER_YOUNG_MIB } from "../../base/limits.ts";
import { WORKER_FLAGS } from "../worker-flags.ts";
import { post } from "./mail.ts";
import { Signals } from "./signals.ts";
import type { Order, Report, ThreadSeat } from "./thread-messages.ts";

const THREAD = new URL("./walk-thread.ts", import.meta.url);

/** The threads of one backup, as the main thread sees them. */
export interface Threads extends AsyncDisposable {
  readonly count: number;
  readonly signals: Signals;
  tell(thread: number, order: Order): void;
  /** From now on reports come here. What came before is not lost. */
  listen(ear: ThreadsEar): void;
}

export interface ThreadsEar {
  readonly onReport: (thread: number, report: Report) => void;
  /** A thread has ended without being done. */
  readonly onDeath: (error: unknown) => void;
}

/**
 * Starts threads that load their code and then wait for what they are to do, so that this can go on while a key is derived and an index
 * is read. Each pair of threads has a line of its own. `module` calls `runThread` for the seat it is started with.
 */
export function startThreads(count: number, module: URL = THREAD): Threads {
  const memory = Signals.create(count);
  const signals = new Signals(memory);
  const lines = Array.from({ length: count }, (): (MessagePort | undefined)[] => Array.from({ length: count }, () => undefined));
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const { port1, port2 } = new MessageChannel();
      lines[a]![b] = port1;
      lines[b]![a] = port2;
    }
  }
  let ear: ThreadsEar | undefined;
  let death: { readonly error: unknown } | undefined;

  function died(error: unknown): void {
    death ??= { error };
    ear?.onDeath(death.error);
  }

  const ports: MessagePort[] = [];
  const workers = lines.map((peers, thread) => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    const seat: ThreadSeat = { thread, threads: count, signals: memory, main: port2, peers };
    const worker = new Worker(module, {
      workerData: seat,
      transferList: [port2, ...peers.filter((port) => port !== undefined)],
      execArgv: WORKER_FLAGS,
      resourceLimits: { maxYoungGenerationSizeMb: WORKER_YOUNG_MIB },
    });
    worker.on("error", died);
    // Also one that waits: the next task would be given to nobody. After a proper end this changes nothing.
    worker.on("exit", (code) => died(new FirnError({ code: "worker-died", message: `a worker thread ended with code ${code}` })));
    return worker;
  });

  return {
    count,
    signals,
    tell(thread, order) {
      post(ports[thread]!, order);
      signals.raiseFlag(thread);
    },
    listen(given) {
      ear = given;
      for (const [thread, port] of ports.entries()) port.on("message", (report: Report) => ear?.onReport(thread, report));
      if (death !== undefined) given.onDeath(death.error);
    },
    async [Symbol.asyncDispose]() {
      ear = undefined;
      signals.stop();
      for (const port of ports) port.close();
      // They end by themselves between two units, and are not waited for where they do not.
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Memory of packs by the numbers its thread gave it. */
export class ThreadMemory {
  private readonly pieces = new Map<number, Bytes>();

  /** The memory a report is about. */
  of({ number, bytes }: { readonly number: number | undefined; readonly bytes: Bytes | undefined }): Bytes {
    if (number !== undefined && bytes !== undefined) this.pieces.set(number, bytes);
    const known = bytes ?? (number === undefined ? undefined : this.pieces.get(number));
    if (known === undefined) throw new RangeError(`memory ${number} is not known`);
    return known;
  }
}
