import { setImmediate as nextTurn } from "node:timers/promises";

/** Steps between two breaths; a step is a system call or a tree, so this is some tens of milliseconds. */
const STEPS = 256;

/** Lets the event loop run now and then during long synchronous work, so that ctrl-C is heard, locks are refreshed and progress shows. */
export class Breather {
  readonly #signal: AbortSignal;
  #steps = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** True when it is time for `breathe`; cheap enough for every step. */
  isDue(): boolean {
    return ++this.#steps >= STEPS;
  }

  /** Gives the others a turn. Throws the signal's reason once it is aborted. */
  async breathe(): Promise<void> {
    this.#steps = 0;
    await nextTurn();
    this.#signal.throwIfAborted();
  }
}
