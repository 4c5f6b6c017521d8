/** Seconds of history a rate is taken from: long enough to be steady, short enough to follow. */
const WINDOW_MS = 15_000;
const SLOT_MS = 500;

interface Slot {
  readonly from: number;
  amount: number;
}

/** Bytes per second over the last seconds. Time is given, never read. */
export class Rate {
  private readonly slots: Slot[] = [];
  private readonly start: number;
  private sum = 0;

  constructor(now: number) {
    this.start = now;
  }

  add(amount: number, now: number): void {
    const last = this.slots.at(-1);
    if (last !== undefined && now - last.from < SLOT_MS) last.amount += amount;
    else this.slots.push({ from: now, amount });
    this.sum += amount;
    this.trim(now);
  }

  /** Per second; 0 while nothing can be said. */
  perSecond(now: number): number {
    this.trim(now);
    const span = now - Math.max(this.start, now - WINDOW_MS);
    return span < SLOT_MS ? 0 : (this.sum * 1000) / span;
  }

  private trim(now: number): void {
    while (this.slots.length > 0 && this.slots[0]!.from < now - WINDOW_MS) this.sum -= this.slots.shift()!.amount;
  }
}
