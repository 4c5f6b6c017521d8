import { FirnError } from "../../base/error.ts";
import type { PackId } from "../../base/id.ts";
import { parseSize } from "../../base/size.ts";
import type { World } from "../../base/world.ts";

/** Which packs `--read-data` and `--read-data-subset` ask for (restic-format §14.4). */
export type Subset =
  | { readonly kind: "all" }
  /** Packs whose first id byte modulo `of` is `part` − 1: `of` runs with each part read everything. */
  | { readonly kind: "part"; readonly part: number; readonly of: number }
  | { readonly kind: "percent"; readonly percent: number }
  | { readonly kind: "bytes"; readonly bytes: number };

const FLAG = "--read-data-subset";
const PARTS_MAX = 256;

export function parseSubset(text: string): Subset {
  const part = /^(\d+)\/(\d+)$/.exec(text);
  if (part !== null) {
    const [n, t] = [Number(part[1]), Number(part[2])];
    if (n < 1 || n > t || t > PARTS_MAX) throw refuse(text, `n/t must be from 1/${PARTS_MAX} to t/t with t at most ${PARTS_MAX}`);
    return { kind: "part", part: n, of: t };
  }
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent !== null) {
    const value = Number(percent[1]);
    if (value <= 0 || value > 100) throw refuse(text, "the percentage must be above 0 and at most 100");
    return { kind: "percent", percent: value };
  }
  if (!/^\d+[bkmgt]?$/i.test(text)) throw refuse(text, "write n/t such as 1/5, a percentage such as 2.5%, or a size such as 10G");
  const bytes = parseSize(text, FLAG);
  if (bytes <= 0) throw refuse(text, "the size must be above 0");
  return { kind: "bytes", bytes };
}

function refuse(text: string, hint: string): FirnError {
  return new FirnError({ code: "usage", message: `${FLAG}: ${JSON.stringify(text)} is not a subset`, hint });
}

/** Chooses packs; a random choice for percentages (at least one pack) and sizes (until they are reached). */
export function choosePacks(subset: Subset, packs: readonly { readonly id: PackId; readonly size: number }[], world: World): PackId[] {
  switch (subset.kind) {
    case "all":
      return packs.map(({ id }) => id);
    case "part":
      return packs.filter(({ id }) => Number.parseInt(id.slice(0, 2), 16) % subset.of === subset.part - 1).map(({ id }) => id);
    case "percent":
      return shuffled(packs, world)
        .slice(0, Math.max(1, Math.floor((packs.length * subset.percent) / 100)))
        .map(({ id }) => id);
    case "bytes":
      return upTo(shuffled(packs, world), subset.bytes);
  }
}

/** Whole packs in the given order until the size is reached; at least one. */
function upTo(packs: readonly { readonly id: PackId; readonly size: number }[], bytes: number): PackId[] {
  const chosen: PackId[] = [];
  let sum = 0;
  for (const { id, size } of packs) {
    if (chosen.length > 0 && sum + size > bytes) continue;
    chosen.push(id);
    sum += size;
  }
  return chosen;
}

function shuffled<T>(items: readonly T[], world: World): T[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at--) {
    const random = Buffer.from(world.random(6)).readUIntLE(0, 6);
    const other = random % (at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
