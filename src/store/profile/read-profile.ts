import prices from "../../../prices/prices.json" with { type: "json" };
import { classFacts } from "./class-facts.ts";
import { dateOf, type Figure, figureAt, isTable, per1000, perGib, stepsAt, type Table, tableAt } from "./figure.ts";
import type { Egress, ProviderProfile } from "./provider-profile.ts";

const providers: Table = prices.providers;

export function providerNames(): string[] {
  return Object.keys(providers);
}

export function regionNames(provider: string): string[] {
  return Object.keys(tableAt(tableAt(providers, provider), "regions") ?? {});
}

/** The profile of a region, or undefined when it is not there or STANDARD has no full price in it. */
export function readProfile(provider: string, region: string): ProviderProfile | undefined {
  const regions = tableAt(tableAt(providers, provider), "regions");
  const named = tableAt(regions, region);
  const table = typeof named?.["same_as"] === "string" ? tableAt(regions, named["same_as"]) : named;
  const classTables = tableAt(table, "classes");
  if (table === undefined || classTables === undefined) return undefined;

  const used: Figure[] = [];
  const note = (figure: Figure): Figure => {
    used.push(figure);
    return figure;
  };
  const standardTable = tableAt(classTables, "STANDARD");
  const classes = Object.entries(classTables).flatMap(([name, facts]) => {
    const known = isTable(facts) ? classFacts(name, facts, standardTable, note) : undefined;
    return known === undefined ? [] : [known];
  });
  const standard = classes.find(({ name }) => name === "STANDARD");
  if (standard === undefined) return undefined;

  const list = figureAt(standardTable, "list", "class_c_incl_copy_and_list");
  const temporary = figureAt(table, "temporary_restored_copy");
  const egress = egressOf(tableAt(table, "egress_internet"), note);
  return {
    name: provider,
    region,
    currency: typeof table["currency"] === "string" ? table["currency"] : "USD",
    classes: [standard, ...classes.filter((facts) => facts !== standard)],
    listPer1000: list === undefined ? standard.putPer1000 : per1000(note(list)),
    temporaryCopyPerGibMonth: temporary === undefined ? standard.storagePerGibMonth : perGib(temporary),
    egress,
    priceDate: oldest(used),
    confidence: leastSure(used),
  };
}

function egressOf(table: Table | undefined, note: (figure: Figure) => Figure): Egress {
  return {
    freeGibPerMonth: figureAt(table, "free_gib_per_month")?.value ?? 0,
    tiers: stepsAt(table, "tiers").map(({ upToGib, figure }) => ({ upToGib, perGib: perGib(note(figure)) })),
  };
}

function oldest(figures: readonly Figure[]): string {
  return (
    figures.map(dateOf).reduce<string | undefined>((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a), undefined) ??
    "undated"
  );
}

function leastSure(figures: readonly Figure[]): ProviderProfile["confidence"] {
  for (const level of ["low", "medium"] as const) if (figures.some(({ confidence }) => confidence === level)) return level;
  return "high";
}
