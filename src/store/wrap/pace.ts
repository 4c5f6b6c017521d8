import type { Clock } from "../../base/world.ts";

/** Hands out moments so that, on average, no more than so many bytes a second pass. */
export class Pace {
  readonly #bytesPerMs: number;
  readonly #clock: Pick<Clock, "monotonic" | "sleep">;
  /** When everything taken so far would be through at this speed. */
  #through = 0;

  constructor(bytesPerSecond: number, clock: Pick<Clock, "monotonic" | "sleep">) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#clock = clock;
  }

  /** Resolves when it is these bytes' turn. */
  async take(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const wait = this.charge(bytes);
    if (wait > 0) await this.#clock.sleep(wait, signal);
  }

  /** Counts bytes that have passed already; returns how long whoever comes now would have to wait. */
  charge(bytes: number): number {
    const now = this.#clock.monotonic();
    const start = Math.max(now, this.#through);
    this.#through = start + bytes / this.#bytesPerMs;
    return start - now;
  }
}
