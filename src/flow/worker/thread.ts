// Entry of a worker thread: the engine behind messages. Nothing here decides anything.
import { randomFillSync } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { FLIGHT_BYTES_PER_WORKER } from "../../base/limits.ts";
import { type Desk, Engine } from "./engine.ts";
import type { FileRequest, Order, Recipe, Report, WireFile } from "./messages.ts";

if (parentPort === null) throw new Error("thread.ts runs only as a worker");
const port = parentPort;

const engine = new Engine(workerData as Recipe, (length) => randomFillSync(new Uint8Array(length)));

const questions = new Map<number, (wanted: readonly boolean[]) => void>();
let inFlight = 0;
let roomWanted: (() => void)[] = [];

function report(message: Report, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function deskOf(job: number): Desk {
  return {
    ask: (ids, progress) =>
      new Promise((resolve) => {
        questions.set(job, resolve);
        report({ kind: "ask", job, ids, ...progress });
      }),
    ship: async (shipment) => {
      inFlight += shipment.buffer.byteLength;
      report({ kind: "ship", job, shipment }, [shipment.buffer]);
      while (inFlight > FLIGHT_BYTES_PER_WORKER) await new Promise<void>((resolve) => roomWanted.push(resolve));
    },
  };
}

function unpack(file: WireFile): FileRequest {
  return { path: Buffer.from(file.path, "latin1"), size: file.size };
}

async function work(job: number, action: () => Promise<Report>): Promise<void> {
  try {
    report(await action());
  } catch (error) {
    report({ kind: "broken", job, error });
  }
}

port.on("message", (order: Order) => {
  switch (order.kind) {
    case "batch":
      void work(order.job, async () => ({
        kind: "files",
        job: order.job,
        outcomes: await engine.batch(order.files.map(unpack), deskOf(order.job)),
      }));
      return;
    case "stream":
      void work(order.job, async () => ({
        kind: "files",
        job: order.job,
        outcomes: [await engine.stream(unpack(order.file), deskOf(order.job))],
      }));
      return;
    case "seal":
      void work(order.job, async () => ({ kind: "sealed", job: order.job, added: await engine.seal(order.blobs, deskOf(order.job)) }));
      return;
    case "answer":
      questions.get(order.job)?.(order.wanted);
      questions.delete(order.job);
      return;
    case "taken": {
      inFlight -= order.bytes;
      const waiting = roomWanted;
      roomWanted = [];
      for (const resolve of waiting) resolve();
      return;
    }
  }
});
