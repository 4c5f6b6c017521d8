import { monthNamed } from "./calendar.ts";
import { graduated } from "./prices.ts";
import type { ClassPrices, Prices, RetrievalTier, TierPrices } from "./prices.ts";

/** What is metered. Levels are paid by time, counts by piece. */
export type LevelItem = "storage" | "overhead-name" | "overhead-index" | "temporary-copy" | "multipart-parts" | "monitoring" | "tags";
export type CountItem =
  | "requests-put"
  | "requests-get"
  | "requests-list"
  | "requests-free"
  | "lifecycle-transitions"
  | "restore-requests"
  | "restore-retrieval"
  | "retrieval"
  | "early-deletion"
  | "egress";

export interface LineItem {
  readonly item: LevelItem | CountItem;
  readonly class: string;
  /** Of a retrieval, or of storage in INTELLIGENT_TIERING. */
  readonly tier?: string;
  readonly quantity: number;
  readonly unit: "GiB-month" | "GiB" | "request" | "object-month" | "tag-month";
  /** Per unit; where steps or an allowance apply, what one unit came to on average. */
  readonly price: number;
  readonly amount: number;
}

export interface Bill {
  readonly currency: string;
  readonly region: string;
  readonly priceDate: string;
  readonly notes: readonly string[];
  /** The time up to which storage is counted, ISO. */
  readonly until: string;
  readonly months: readonly { readonly month: string; readonly lines: readonly LineItem[]; readonly total: number }[];
  /** All months together. */
  readonly lines: readonly LineItem[];
  readonly total: number;
  /** Requests answered, by operation, free and failed ones included. */
  readonly operations: Readonly<Record<string, number>>;
}

/** What one meter showed in one month: GiB-months, requests and so on. */
export interface Reading {
  readonly item: LevelItem | CountItem;
  readonly class: string;
  readonly tier: string | undefined;
  readonly month: string;
  readonly quantity: number;
}

export const GIB = 2 ** 30;

const LEVEL_UNIT: Readonly<Record<LevelItem, LineItem["unit"]>> = {
  storage: "GiB-month",
  "overhead-name": "GiB-month",
  "overhead-index": "GiB-month",
  "temporary-copy": "GiB-month",
  "multipart-parts": "GiB-month",
  monitoring: "object-month",
  tags: "tag-month",
};

const COUNT_UNIT: Readonly<Record<CountItem, LineItem["unit"]>> = {
  "requests-put": "request",
  "requests-get": "request",
  "requests-list": "request",
  "requests-free": "request",
  "lifecycle-transitions": "request",
  "restore-requests": "request",
  "restore-retrieval": "GiB",
  retrieval: "GiB",
  "early-deletion": "GiB-month",
  egress: "GiB",
};

/** Level × ms of a month → the quantity that is billed. */
export function levelQuantity(item: LevelItem, levelMs: number, month: string): number {
  const { start, end } = monthNamed(month);
  const months = levelMs / (end - start);
  return LEVEL_UNIT[item] === "GiB-month" ? months / GIB : months;
}

export function priceLine(reading: Reading, prices: Prices): LineItem {
  const amount = amountOf(reading, prices);
  const unit = reading.item in LEVEL_UNIT ? LEVEL_UNIT[reading.item as LevelItem] : COUNT_UNIT[reading.item as CountItem];
  const { item, quantity, tier } = reading;
  const price = quantity === 0 ? 0 : amount / quantity;
  return { item, class: reading.class, ...(tier === undefined ? {} : { tier }), quantity, unit, price, amount };
}

function amountOf(reading: Reading, prices: Prices): number {
  const { item, quantity } = reading;
  const own = classPrices(prices, reading.class);
  const rate = (facts: ClassPrices) => facts.storage[0]?.price ?? 0;
  switch (item) {
    case "storage":
      return graduated(quantity, tierPrices(own, reading.tier)?.storage ?? own.storage);
    case "overhead-index":
      return quantity * (tierPrices(own, reading.tier)?.storage[0]?.price ?? rate(own));
    case "early-deletion":
    case "multipart-parts":
      return quantity * rate(own);
    case "overhead-name":
      return quantity * rate(classPrices(prices, "STANDARD"));
    case "temporary-copy":
      return quantity * prices.temporaryCopyPerGibMonth;
    case "monitoring":
      return (quantity * own.monitoringPer1000) / 1000;
    case "tags":
      return (quantity * prices.tagsPer10000) / 10_000;
    case "requests-put":
      return (quantity * own.putPer1000) / 1000;
    case "requests-get":
      return (quantity * own.getPer1000) / 1000;
    case "requests-list":
      return (quantity * prices.listPer1000) / 1000;
    case "requests-free":
      return 0;
    case "lifecycle-transitions":
      return (quantity * own.lifecyclePer1000) / 1000;
    case "restore-requests":
      return (quantity * (own.restore[reading.tier as RetrievalTier]?.per1000 ?? 0)) / 1000;
    case "restore-retrieval":
      return quantity * (own.restore[reading.tier as RetrievalTier]?.perGib ?? 0);
    case "retrieval":
      return quantity * own.retrievalPerGib;
    case "egress":
      return graduated(Math.max(0, quantity - prices.egressFreeGib), prices.egress);
  }
}

/** Of a class whose objects lie in tiers of their own, each with its price. */
function tierPrices(own: ClassPrices, tier: string | undefined): TierPrices | undefined {
  return tier === undefined ? undefined : own.tiers[tier];
}

/** A class the price file does not know (REDUCED_REDUNDANCY, a made-up one) is charged as STANDARD. */
export function classPrices(prices: Prices, name: string): ClassPrices {
  const found = prices.classes[name] ?? prices.classes["STANDARD"];
  if (found === undefined) throw new Error("prices.json holds no STANDARD class");
  return found;
}

/** One line per item, class and tier over all months. */
export function addUp(lines: readonly LineItem[]): LineItem[] {
  const sums = new Map<string, LineItem>();
  for (const line of lines) {
    const name = `${line.item}|${line.class}|${line.tier ?? ""}`;
    const before = sums.get(name);
    const quantity = (before?.quantity ?? 0) + line.quantity;
    const amount = (before?.amount ?? 0) + line.amount;
    sums.set(name, { ...line, quantity, amount, price: quantity === 0 ? 0 : amount / quantity });
  }
  return [...sums.values()];
}
