/** So many threads at a time may do something: a counter in shared memory that a thread waits at. */
export class Permits {
  readonly #left: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#left = new Int32Array(shared);
  }

  static sharedBy(count: number): SharedArrayBuffer {
    const shared = new SharedArrayBuffer(4);
    new Int32Array(shared)[0] = count;
    return shared;
  }

  /** Does the work while holding a permit. Blocks the thread until there is one. */
  hold<T>(work: () => T): T {
    this.#take();
    try {
      return work();
    } finally {
      Atomics.add(this.#left, 0, 1);
      Atomics.notify(this.#left, 0, 1);
    }
  }

  #take(): void {
    for (;;) {
      const left = Atomics.load(this.#left, 0);
      if (left > 0 && Atomics.compareExchange(this.#left, 0, left, left - 1) === left) return;
      if (left <= 0) Atomics.wait(this.#left, 0, left);
    }
  }
}
