import { FirnError } from "./error.ts";

const FACTORS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Parses a size as restic takes it: an integer with an optional b, k, m, g or t (powers of 1024, either case). Bytes. */
export function parseSize(text: string, what: string): number {
  const match = /^(\d+)([bkmgt]?)$/i.exec(text.trim());
  if (match === null) {
    throw new FirnError({
      code: "invalid-size",
      message: `${what}: ${JSON.stringify(text)} is not a size`,
      hint: "write a whole number with an optional unit, such as 500k, 64m or 2g",
    });
  }
  return Number(match[1]) * (FACTORS[match[2]!.toLowerCase()] ?? 1);
}

/** Shows bytes as restic does: `1.234 GiB`, three decimals, powers of 1024. */
export function formatBytes(bytes: number | bigint): string {
  const value = Number(bytes);
  const units: readonly (readonly [string, number])[] = [
    ["TiB", 1024 ** 4],
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ];
  for (const [unit, factor] of units) if (value >= factor) return `${(value / factor).toFixed(3)} ${unit}`;
  return `${value} B`;
}

/** `1 pack`, `2 packs`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Shows a number of seconds as `m:ss` or `h:mm:ss`, as restic does. */
export function formatSeconds(total: number): string {
  const seconds = Math.max(0, Math.floor(total));
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  return h > 0 ? `${h}:${two(m)}:${two(seconds % 60)}` : `${m}:${two(seconds % 60)}`;
}
