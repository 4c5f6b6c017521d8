/** `wall` runs with the machine's clock; otherwise time stands still until it is moved. */
export type ClockMode = "wall" | { readonly start: number };

/** The time of the stored world. It never runs backwards, and everything due on the way happens when it is moved. */
export class Clock {
  readonly #running: boolean;
  #base: number;
  #moved: () => void = () => {};

  constructor(mode: ClockMode) {
    this.#running = mode === "wall";
    this.#base = mode === "wall" ? 0 : mode.start;
  }

  get running(): boolean {
    return this.#running;
  }

  now(): number {
    return this.#running ? Date.now() + this.#base : this.#base;
  }

  set(ms: number): void {
    const now = this.now();
    if (!Number.isFinite(ms)) throw new RangeError("the clock needs a time in ms since the epoch");
    if (ms < now) throw new RangeError(`the clock never runs backwards: it is ${new Date(now).toISOString()}`);
    this.#base += ms - now;
    this.#moved();
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError("the clock never runs backwards");
    this.set(this.now() + ms);
  }

  onMove(listener: () => void): void {
    this.#moved = listener;
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `"12h"`, `"1d6h"`, `90000` (ms). */
export function parseStep(step: string | number): number {
  if (typeof step === "number") return step;
  const parts = [...step.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== step.replaceAll(/\s/g, "").trim()) {
    throw new RangeError(`not a length of time: ${step} (use ms, s, min, h, d or w, for example 12h)`);
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * UNITS[part[2]!]!, 0);
}

export const DAY_MS = 86_400_000;

/** The first midnight UTC that is not before `ms`. */
export function midnightAtOrAfter(ms: number): number {
  return Math.ceil(ms / DAY_MS) * DAY_MS;
}
