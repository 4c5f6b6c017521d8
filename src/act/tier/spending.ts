import { FirnError } from "../../base/error.ts";
import type { Journal } from "../../catalog/journal.ts";

export class CeilingError extends FirnError {
  constructor(spent: number, next: number, limit: number, currency: string) {
    super({
      code: "ceiling",
      message: `stopped at the ceiling: ${spent.toFixed(6)} of ${limit.toFixed(6)} ${currency} spent, the next step costs ${next.toFixed(6)}`,
      hint: "run again with a higher --max-cost to go on from here",
    });
  }
}

/** Amounts in binary fractions add up with an error; a plan must not fail at its own total. */
const ROUNDING = 1e-9;

/** Counts one-off charges of a job against its ceiling. Charged before the call, given back when nothing happened. */
export class Spending {
  readonly limit: number;
  readonly currency: string;
  readonly #journal: Journal;
  readonly #job: string;
  readonly #now: () => string;
  #spent: number;

  constructor(facts: { limit: number; spent: number; currency: string; journal: Journal; job: string; now: () => string }) {
    this.limit = facts.limit;
    this.currency = facts.currency;
    this.#journal = facts.journal;
    this.#job = facts.job;
    this.#now = facts.now;
    this.#spent = facts.spent;
  }

  get spent(): number {
    return this.#spent;
  }

  /** Throws CeilingError, with nothing charged, when the amount does not fit any more. */
  charge(amount: number): void {
    if (this.#spent + amount > this.limit * (1 + ROUNDING) + ROUNDING)
      throw new CeilingError(this.#spent, amount, this.limit, this.currency);
    this.#spent += amount;
  }

  /** What an earlier run turned out to have spent; it is spent whether it fits or not. */
  carry(amount: number): void {
    this.#spent += amount;
  }

  giveBack(amount: number): void {
    this.#spent -= amount;
  }

  /** A repeated request: it is billed like the first. */
  retry(amount: number): void {
    this.charge(amount);
    this.#journal.append({ kind: "retry", at: this.#now(), job: this.#job, price: amount });
  }
}
