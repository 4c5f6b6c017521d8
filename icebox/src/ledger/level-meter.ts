import { monthOf } from "./calendar.ts";

/** A level that is paid for by how long it stands (bytes, objects, tags): its integral over time, month by month. Work per change, none per tick. */
export class LevelMeter {
  #level = 0;
  #since: number;
  readonly #months = new Map<string, number>();

  constructor(since: number) {
    this.#since = since;
  }

  get level(): number {
    return this.#level;
  }

  change(delta: number, at: number): void {
    this.settle(at);
    this.#level += delta;
  }

  /** Brings the integral up to `at`. */
  settle(at: number): void {
    while (this.#since < at) {
      const month = monthOf(this.#since);
      const until = Math.min(at, month.end);
      if (this.#level !== 0) this.#months.set(month.name, (this.#months.get(month.name) ?? 0) + this.#level * (until - this.#since));
      this.#since = this.#level === 0 ? at : until;
    }
  }

  /** Level × ms, by month name. */
  months(): ReadonlyMap<string, number> {
    return this.#months;
  }

  save(): SavedMeter {
    return { level: this.#level, since: this.#since, months: Object.fromEntries(this.#months) };
  }

  static load(saved: SavedMeter): LevelMeter {
    const meter = new LevelMeter(saved.since);
    meter.#level = saved.level;
    for (const [name, value] of Object.entries(saved.months)) meter.#months.set(name, value);
    return meter;
  }
}

export interface SavedMeter {
  readonly level: number;
  readonly since: number;
  readonly months: Readonly<Record<string, number>>;
}
