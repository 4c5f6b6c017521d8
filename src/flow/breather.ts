import { setImmediate as nextTurn } from "node:timers/promises";

/** After so many steps it is worth a look at the clock, which costs as much as some of them. */
const STEPS = 64;
const BREATH_MS = 20;

/** Lets the event loop run now and then during long synchronous work, so that ctrl-C is heard, locks are refreshed and progress shows. */
export class Breather {
  readonly #signal: AbortSignal;
  #steps = 0;
  #since = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** True when it is time for `breathe`; cheap enough for every step. A step is a system call or an entry of a tree. */
  isDue(steps = 1): boolean {
    this.#steps += steps;
    if (this.#steps < STEPS) return false;
    this.#steps = 0;
    return performance.now() - this.#since >= BREATH_MS;
  }

  /** Gives the others a turn. Throws the signal's reason once it is aborted. */
  async breathe(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
    this.#signal.throwIfAborted();
  }
}
