/** One figure of prices.json. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly date: string;
  readonly confidence: "high" | "medium" | "low";
}

/** A node of prices.json as it was parsed. */
export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function tableAt(table: Table | undefined, name: string): Table | undefined {
  const value = table?.[name];
  return isTable(value) ? value : undefined;
}

export function figureAt(table: Table | undefined, ...names: readonly string[]): Figure | undefined {
  for (const name of names) {
    const value = table?.[name];
    if (isTable(value) && typeof value["value"] === "number") return figureOf(value, value["value"]);
  }
  return undefined;
}

/** The steps of a price that falls with the amount, cheapest last. */
export function stepsAt(table: Table | undefined, name: string): { readonly upToGib: number | undefined; readonly figure: Figure }[] {
  const value = table?.[name];
  if (!Array.isArray(value)) return [];
  return value.filter(isTable).flatMap((step) => {
    if (typeof step["value"] !== "number") return [];
    return [{ upToGib: typeof step["up_to_gib"] === "number" ? step["up_to_gib"] : undefined, figure: figureOf(step, step["value"]) }];
  });
}

function figureOf(table: Table, value: number): Figure {
  const { unit, date, confidence } = table;
  return {
    value,
    unit: typeof unit === "string" ? unit : "",
    date: typeof date === "string" ? date : "undated",
    confidence: confidence === "high" || confidence === "medium" ? confidence : "low",
  };
}

/** Requests are quoted per 1000, per 10000 or per million; we count per 1000. */
export function per1000({ value, unit }: Figure): number {
  const base = /\/\s*([\d,]+)/.exec(unit)?.[1]?.replaceAll(",", "");
  return base === undefined ? value : (value / Number(base)) * 1000;
}

const GIB_PER_GB = 2 ** 30 / 1e9;

/** Some providers sell decimal gigabytes. */
export function perGib({ value, unit }: Figure): number {
  return /\/GB\b/.test(unit) ? value * GIB_PER_GB : value;
}

/** The first full date in a source's date (`after 2025-07`, `2025..2026`). */
export function dateOf({ date }: Figure): string | undefined {
  return /\d{4}(?:-\d\d(?:-\d\d)?)?/.exec(date)?.[0];
}
