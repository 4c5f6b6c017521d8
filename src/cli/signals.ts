import { EXIT } from "../base/error.ts";
import { InterruptedError } from "../base/interrupted.ts";

/** Aborted by the first ctrl-C or SIGTERM, so that locks are removed and temporary files cleaned; the second one leaves at once. */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new InterruptedError(name));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("SIGHUP", onSignal);
  // Node would open its debugger, and with it the memory that holds the keys; restic's users send it to see progress.
  process.on("SIGUSR1", () => undefined);
  return controller.signal;
}
