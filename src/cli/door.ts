import type { Caller } from "../app/open-repository.ts";
import type { World } from "../base/world.ts";
import type { Terminal } from "./terminal.ts";

/** What a command gets from the process it runs in; tests build their own. */
export interface Door {
  readonly world: World;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Aborted by ctrl-C and SIGTERM, with an InterruptedError as reason. */
  readonly signal: AbortSignal;
  readonly stdin: NodeJS.ReadStream;
  readonly cwd: string;
  /** A line for the person that is neither result nor failure. */
  notice(text: string): void;
  /** Reads a line, without echo where somebody types it; undefined when nobody answers. */
  askPassword(prompt: string): Promise<string | undefined>;
  /** A wrong password may be typed once more. */
  readonly canRetype?: boolean;
}

/** The door's side of a use case: what opening a repository needs of it. */
export function callerOf(door: Door): Caller {
  return {
    world: door.world,
    signal: door.signal,
    askPassword: (prompt) => door.askPassword(prompt),
    get canRetype() {
      return door.canRetype === true;
    },
    notice: (text) => door.notice(text),
  };
}
