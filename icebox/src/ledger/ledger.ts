import { DAY_MS } from "../clock.ts";
import type { Journal } from "../state/journal.ts";
import { addUp, classPrices, GIB, levelQuantity, priceLine } from "./bill.ts";
import type { Bill, CountItem, LevelItem, Reading } from "./bill.ts";
import { monthOf } from "./calendar.ts";
import { LevelMeter } from "./level-meter.ts";
import type { SavedMeter } from "./level-meter.ts";
import type { Prices } from "./prices.ts";
import { MONITORED_FROM_BYTES } from "../tiering/tiers.ts";
import type { AccessTier } from "../tiering/tiers.ts";

/** An object as the bill sees it. `entered` is when it came into its class: its minimum duration counts from there. */
export interface Held {
  readonly storageClass: string;
  readonly size: number;
  readonly entered: number;
  readonly tagCount: number;
  /** Of INTELLIGENT_TIERING. */
  readonly accessTier: AccessTier | undefined;
}

/** The account's meters. Every method takes the time it happened, which never goes back. */
export class Ledger {
  readonly #prices: Prices;
  readonly #journal: Journal;
  readonly #levels = new Map<string, LevelMeter>();
  readonly #counts = new Map<string, number>();
  readonly #operations = new Map<string, number>();

  constructor(prices: Prices, journal: Journal) {
    this.#prices = prices;
    this.#journal = journal;
    for (const [name, value] of journal.loaded("level")) this.#levels.set(name, LevelMeter.load(value as SavedMeter));
    for (const [name, value] of journal.loaded("count")) this.#counts.set(name, value as number);
    for (const [name, value] of journal.loaded("operation")) this.#operations.set(name, value as number);
  }

  get prices(): Prices {
    return this.#prices;
  }

  /** An object began to be stored in its class. */
  enter(object: Held, at: number): void {
    this.#weigh(object, 1, at);
  }

  /** It left its class: deleted, overwritten, copied over or moved on by a rule. What is missing of the minimum duration is due. */
  leave(object: Held, at: number): void {
    this.#weigh(object, -1, at);
    const facts = classPrices(this.#prices, object.storageClass);
    const missing = facts.minDays * DAY_MS - (at - object.entered);
    if (missing <= 0) return;
    const month = monthOf(at);
    const billable = Math.max(object.size, facts.minBillableBytes);
    this.count("early-deletion", object.storageClass, undefined, ((billable / GIB) * missing) / (month.end - month.start), at);
  }

  #weigh(object: Held, sign: 1 | -1, at: number): void {
    const facts = classPrices(this.#prices, object.storageClass);
    const name = object.storageClass;
    const tier = object.accessTier;
    const overhead = (tier === undefined ? undefined : facts.tiers[tier]) ?? facts;
    this.level("storage", name, sign * Math.max(object.size, facts.minBillableBytes), at, tier);
    this.level("overhead-name", name, sign * overhead.overheadStandardBytes, at);
    this.level("overhead-index", name, sign * overhead.overheadClassBytes, at, tier);
    if (facts.monitoringPer1000 > 0 && object.size >= MONITORED_FROM_BYTES) this.level("monitoring", name, sign, at);
    this.level("tags", "", sign * object.tagCount, at);
  }

  /** An object of INTELLIGENT_TIERING went from one tier to another, which is no leaving: nothing is due for it. */
  changeTier(object: Held, to: AccessTier, at: number): void {
    this.#weigh(object, -1, at);
    this.#weigh({ ...object, accessTier: to }, 1, at);
  }

  level(item: LevelItem, className: string, delta: number, at: number, tier?: string): void {
    if (delta === 0) return;
    const name = `${item}|${className}${tier === undefined ? "" : `|${tier}`}`;
    let meter = this.#levels.get(name);
    if (meter === undefined) this.#levels.set(name, (meter = new LevelMeter(at)));
    meter.change(delta, at);
    const saved = meter;
    this.#journal.mark("level", name, () => saved.save());
  }

  count(item: CountItem, className: string, tier: string | undefined, quantity: number, at: number): void {
    if (quantity === 0) return;
    const name = `${monthOf(at).name}|${item}|${className}|${tier ?? ""}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + quantity);
    this.#journal.mark("count", name, () => this.#counts.get(name));
  }

  operation(name: string): void {
    this.#operations.set(name, (this.#operations.get(name) ?? 0) + 1);
    this.#journal.mark("operation", name, () => this.#operations.get(name));
  }

  bill(at: number): Bill {
    const readings = [...this.#levelReadings(at), ...this.#countReadings()];
    const names = [...new Set(readings.map((reading) => reading.month))].sort();
    const months = names.map((month) => {
      const lines = readings.filter((reading) => reading.month === month).map((reading) => priceLine(reading, this.#prices));
      lines.sort((a, b) => (`${a.item}${a.class}${a.tier}` < `${b.item}${b.class}${b.tier}` ? -1 : 1));
      return { month, lines, total: lines.reduce((sum, line) => sum + line.amount, 0) };
    });
    return {
      currency: this.#prices.currency,
      region: this.#prices.region,
      priceDate: this.#prices.date,
      notes: this.#prices.notes,
      until: new Date(at).toISOString(),
      months,
      lines: addUp(months.flatMap((month) => month.lines)),
      total: months.reduce((sum, month) => sum + month.total, 0),
      operations: Object.fromEntries([...this.#operations].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  *#levelReadings(at: number): Iterable<Reading> {
    for (const [name, meter] of this.#levels) {
      meter.settle(at);
      const [item, className, tier] = name.split("|") as [LevelItem, string, string | undefined];
      for (const [month, levelMs] of meter.months()) {
        yield { item, class: className, tier, month, quantity: levelQuantity(item, levelMs, month) };
      }
    }
  }

  *#countReadings(): Iterable<Reading> {
    for (const [name, quantity] of this.#counts) {
      const [month, item, className, tier] = name.split("|") as [string, CountItem, string, string];
      yield { item, class: className, tier: tier === "" ? undefined : tier, month, quantity };
    }
  }
}
