import { FirnError } from "../../base/error.ts";
import { parseSize } from "../../base/size.ts";

/** How much unused data may stay: a share of the repository, bytes, or as much as there is. */
export type MaxUnused =
  | { readonly kind: "percent"; readonly percent: number }
  | { readonly kind: "bytes"; readonly bytes: number }
  | { readonly kind: "unlimited" };

export interface PruneOptions {
  readonly maxUnused: MaxUnused;
  /** Stop adding packs to repack before their sizes sum up to this. */
  readonly maxRepackBytes: number;
  /** Packs below this are small; undefined judges by the sizes there are. */
  readonly smallPackBytes: number | undefined;
  readonly repackCacheableOnly: boolean;
  readonly repackUncompressed: boolean;
}

export const DEFAULT_PRUNE: PruneOptions = {
  maxUnused: { kind: "percent", percent: 5 },
  maxRepackBytes: Number.POSITIVE_INFINITY,
  smallPackBytes: undefined,
  repackCacheableOnly: false,
  repackUncompressed: false,
};

/** `--max-unused`: `5%`, a size such as `500m`, or `unlimited`. */
export function parseMaxUnused(text: string): MaxUnused {
  const trimmed = text.trim();
  if (trimmed === "unlimited") return { kind: "unlimited" };
  if (!trimmed.endsWith("%")) return { kind: "bytes", bytes: parseSize(trimmed, "--max-unused") };
  const percent = /^\d+(?:\.\d+)?%$/.test(trimmed) ? Number(trimmed.slice(0, -1)) : Number.NaN;
  if (!(percent < 100)) {
    throw new FirnError({
      code: "usage",
      message: `--max-unused: ${JSON.stringify(text)} is not a share below 100%`,
      hint: "write a share such as 5%, a size such as 500m, or `unlimited`",
    });
  }
  return { kind: "percent", percent };
}

/** Unused bytes that may stay beside so many used ones. */
export function unusedLimit(max: MaxUnused, usedBytes: number): number {
  if (max.kind === "unlimited") return Number.POSITIVE_INFINITY;
  return max.kind === "bytes" ? max.bytes : Math.floor((max.percent / (100 - max.percent)) * usedBytes);
}
