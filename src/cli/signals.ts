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
  return controller.signal;
}
