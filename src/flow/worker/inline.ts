import type { Bytes } from "../../base/bytes.ts";
import { type Desk, Engine } from "./engine.ts";
import { claimAll, type JobHooks, type Kernel, type Sink, takeShipment } from "./kernel.ts";
import type { Recipe } from "./messages.ts";

/** The engine in this thread: for tests and for machines where threads do not pay. One job at a time. */
export function inlineKernel(recipe: Recipe, sink: Sink, random: (length: number) => Bytes): Kernel {
  const engine = new Engine(recipe, random);
  let last: Promise<unknown> = Promise.resolve();

  function desk(hooks: JobHooks): Desk {
    return {
      ask: async (ids, progress) => {
        if (progress.bytesRead > 0) hooks.onRead(progress.bytesRead);
        return claimAll(sink, ids);
      },
      ship: (shipment) => takeShipment(sink, shipment),
    };
  }

  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = last.then(job);
    last = result.catch(() => undefined);
    return result;
  }

  const deaf: JobHooks = { onRead: () => undefined, onReadingDone: () => undefined };
  return {
    readers: 1,
    batch: (files, hooks) => inTurn(() => engine.batch(files, desk(hooks)).finally(hooks.onReadingDone)),
    stream: (file, hooks) => inTurn(() => engine.stream(file, desk(hooks)).finally(hooks.onReadingDone)),
    seal: (blobs) => inTurn(() => engine.seal(blobs, desk(deaf))),
    [Symbol.asyncDispose]: async () => void (await last),
  };
}
