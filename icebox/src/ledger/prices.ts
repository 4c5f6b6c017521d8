import { readFileSync } from "node:fs";

export type RetrievalTier = "Expedited" | "Standard" | "Bulk";

/** A graduated price: `upToGib` is the end of the step over all the month, undefined for the last. */
export interface PriceStep {
  readonly upToGib: number | undefined;
  readonly price: number;
}

export interface TierPrices {
  readonly storage: readonly PriceStep[];
  readonly overheadStandardBytes: number;
  readonly overheadClassBytes: number;
}

export interface ClassPrices {
  readonly storage: readonly PriceStep[];
  readonly putPer1000: number;
  readonly getPer1000: number;
  readonly lifecyclePer1000: number;
  readonly retrievalPerGib: number;
  readonly minDays: number;
  readonly minBillableBytes: number;
  readonly overheadStandardBytes: number;
  readonly overheadClassBytes: number;
  readonly monitoringPer1000: number;
  readonly restore: Readonly<Partial<Record<RetrievalTier, { readonly per1000: number; readonly perGib: number }>>>;
  /** Of INTELLIGENT_TIERING: by access tier. Empty for every other class. */
  readonly tiers: Readonly<Record<string, TierPrices>>;
}

export interface Prices {
  readonly region: string;
  readonly currency: string;
  readonly date: string;
  /** What the file does not say about this region and where the figure was taken from instead. */
  readonly notes: readonly string[];
  readonly classes: Readonly<Record<string, ClassPrices>>;
  readonly listPer1000: number;
  readonly temporaryCopyPerGibMonth: number;
  readonly tagsPer10000: number;
  readonly egressFreeGib: number;
  readonly egress: readonly PriceStep[];
}

type Json = Readonly<Record<string, unknown>>;

const FALLBACK = "us-east-1";

/** Prices of one AWS region out of prices.json; what it does not hold is us-east-1's, and `notes` says so. */
export function loadPrices(region: string, file: URL = new URL("../../../prices/prices.json", import.meta.url)): Prices {
  const root = JSON.parse(readFileSync(file, "utf8")) as Json;
  const regions = object(object(object(root["providers"])["aws-s3"])["regions"]);
  return readPrices(region, regions, text(root["generated"], "unknown"));
}

function readPrices(region: string, regions: Json, date: string): Prices {
  const fallback = object(regions[FALLBACK]);
  const notes: string[] = [];
  const named = regions[region];
  if (named === undefined) notes.push(`no prices for region ${region}: ${FALLBACK} is assumed`);
  let own = object(named ?? fallback);
  if (typeof own["same_as"] === "string") own = object(regions[own["same_as"]]);
  const currency = text(own["currency"], "USD");
  // A hole is filled from us-east-1 only in the same money; in another currency it stays a hole and costs nothing.
  const base = currency === text(fallback["currency"], "USD") ? fallback : {};
  if (own !== fallback) notes.push(...holes(region, own, base));
  const merged = merge(base, own);
  const classes = Object.fromEntries(Object.entries(object(merged["classes"])).map(([name, facts]) => [name, readClass(object(facts))]));
  const standard = object(object(merged["classes"])["STANDARD"]);
  const egress = object(merged["egress_internet"] ?? {});
  return {
    region,
    currency,
    date,
    notes,
    classes,
    listPer1000: number(standard["list"]),
    temporaryCopyPerGibMonth: classes["STANDARD"]?.storage[0]?.price ?? 0,
    tagsPer10000: number(merged["object_tags"]),
    egressFreeGib: number(egress["free_gib_per_month"]),
    egress: steps(egress["tiers"]),
  };
}

function holes(region: string, own: Json, base: Json): string[] {
  const source = Object.keys(base).length === 0 ? "counted as free" : `taken from ${FALLBACK}`;
  const priced = object(own["classes"] ?? {});
  const missing = Object.keys(object(base["classes"] ?? {})).filter((name) => !(name in priced));
  const thin = Object.keys(priced).filter((name) => !("put_copy_post" in object(priced[name])));
  const parts = [...missing, ...thin.map((name) => `${name} requests`), ...("egress_internet" in own ? [] : ["egress"])];
  return parts.length === 0 ? [] : [`region ${region}: ${parts.join(", ")} ${source}`];
}

/** `storage` and `storage_tiers` are two spellings of one fact: the more special side's wins. */
function merge(base: Json, over: Json): Json {
  const out: Record<string, unknown> = { ...base };
  if ("storage" in over) delete out["storage_tiers"];
  if ("storage_tiers" in over) delete out["storage"];
  for (const [name, value] of Object.entries(over)) {
    const before = out[name];
    out[name] = isObject(before) && isObject(value) && !("value" in value) ? merge(before, value) : value;
  }
  return out;
}

function readClass(facts: Json): ClassPrices {
  const overhead = object(facts["overhead_bytes_per_object"] ?? {});
  // Of the two archive tiers of INTELLIGENT_TIERING only the upper one has a thaw that costs anything: Expedited.
  const restore = Object.entries(object(facts["restore"] ?? facts["restore_archive_access"] ?? {})).map(([tier, price]) => {
    const entry = object(price);
    return [tier, { per1000: number(entry["per_1000_requests"]), perGib: number(entry["per_gib"]) }];
  });
  const storage = "storage_tiers" in facts ? steps(facts["storage_tiers"]) : [{ upToGib: undefined, price: number(facts["storage"]) }];
  return {
    storage,
    putPer1000: number(facts["put_copy_post"]),
    getPer1000: number(facts["get_head_other"]),
    lifecyclePer1000: number(facts["lifecycle_transition_in"]),
    retrievalPerGib: number(facts["retrieval_per_gib"]),
    minDays: number(facts["min_storage_days"]),
    minBillableBytes: number(facts["min_billable_object_bytes"]),
    overheadStandardBytes: number(overhead["at_STANDARD_rate"]),
    overheadClassBytes: number(overhead["at_class_rate"]),
    monitoringPer1000: number(facts["monitoring"]),
    restore: Object.fromEntries(restore),
    tiers: readTiers(facts, storage),
  };
}

/** The file names a tier with how long it takes to get there: `ARCHIVE_INSTANT_90d`. */
function readTiers(facts: Json, frequent: readonly PriceStep[]): Record<string, TierPrices> {
  const overhead = object(facts["overhead_bytes_in_archive_access_tiers"] ?? {});
  const entries = Object.entries(object(facts["sub_tiers"] ?? {})).map(([name, price]) => {
    const tier = name.replace(/(_opt_in)?_\d+d$/, "");
    const archived = tier.endsWith("_ACCESS");
    return [
      tier,
      {
        storage: tier === "FREQUENT" ? frequent : [{ upToGib: undefined, price: number(price) }],
        overheadStandardBytes: archived ? number(overhead["at_STANDARD_rate"]) : 0,
        overheadClassBytes: archived ? number(overhead["at_tier_rate"]) : 0,
      },
    ] as const;
  });
  return Object.fromEntries(entries);
}

function steps(value: unknown): PriceStep[] {
  if (!Array.isArray(value)) return [{ upToGib: undefined, price: 0 }];
  return value.map((entry) => {
    const step = object(entry);
    const end = step["up_to_gib"];
    return { upToGib: typeof end === "number" ? end : undefined, price: number(step) };
  });
}

function number(value: unknown): number {
  const inner = isObject(value) ? value["value"] : value;
  return typeof inner === "number" ? inner : 0;
}

function text(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  if (!isObject(value)) throw new TypeError("prices.json is not shaped as expected");
  return value;
}

/** The amount for `quantity` under graduated steps. */
export function graduated(quantity: number, priceSteps: readonly PriceStep[]): number {
  let amount = 0;
  let from = 0;
  for (const step of priceSteps) {
    const until = step.upToGib ?? Infinity;
    if (quantity > from) amount += (Math.min(quantity, until) - from) * step.price;
    from = until;
  }
  return amount;
}
