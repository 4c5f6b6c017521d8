const FREE = 0;
const TAKEN = 1;
const WAITED_FOR = 2;
/** A claim takes well under a microsecond, so looking again a few times is cheaper than going to sleep. */
const TRIES = 64;

/** A lock between threads, in one word of shared memory that is 0 at the start. For a few microseconds at a time. */
export class SharedLock {
  private readonly words: Int32Array;
  private readonly at: number;

  constructor(words: Int32Array, at: number) {
    this.words = words;
    this.at = at;
  }

  take(): void {
    const { words, at } = this;
    for (let k = 0; k < TRIES; k++) if (Atomics.compareExchange(words, at, FREE, TAKEN) === FREE) return;
    while (Atomics.exchange(words, at, WAITED_FOR) !== FREE) Atomics.wait(words, at, WAITED_FOR);
  }

  giveBack(): void {
    const { words, at } = this;
    if (Atomics.exchange(words, at, FREE) === WAITED_FOR) Atomics.notify(words, at, 1);
  }
}
