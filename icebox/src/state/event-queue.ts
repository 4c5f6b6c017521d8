export interface DueEvent {
  readonly at: number;
  run(): void;
}

/** What will happen by itself as the clock moves, earliest first. */
export class EventQueue {
  readonly #heap: DueEvent[] = [];

  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  push(event: DueEvent): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= event.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  /** Runs everything due up to and including `now`; events may add events. */
  runUntil(now: number): void {
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) this.#pop().run();
  }

  #pop(): DueEvent {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let next = 2 * at + 1;
      if (next >= heap.length) break;
      if (next + 1 < heap.length && heap[next + 1]!.at < heap[next]!.at) next++;
      if (heap[next]!.at >= last.at) break;
      heap[at] = heap[next]!;
      at = next;
    }
    heap[at] = last;
    return first;
  }
}
