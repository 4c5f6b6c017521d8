import { EXIT, FirnError } from "./error.ts";

/** The user (ctrl-C) or the system (SIGTERM) asked the run to stop. */
export class InterruptedError extends FirnError {
  constructor(signal: string) {
    super({ code: "interrupted", message: `interrupted by ${signal}`, exitCode: EXIT.interrupted });
  }
}
