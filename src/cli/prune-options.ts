import type { Command } from "commander";
import { FirnError } from "../base/error.ts";
import { parseSize } from "../base/size.ts";
import { DEFAULT_PRUNE, parseMaxUnused, type PruneOptions } from "../plan/prune/prune-options.ts";

export interface RawPrune {
  maxUnused?: string;
  maxRepackSize?: string;
  repackCacheableOnly?: boolean;
  repackSmall?: boolean;
  repackUncompressed?: boolean;
  repackSmallerThan?: string;
}

/** What `prune` and `forget --prune` share. */
export function addPruneOptions(command: Command): Command {
  return command
    .option("--max-unused <limit>", "unused data that may stay: a share such as 5%, a size such as 500m, or `unlimited` (default: 5%)")
    .option("--max-repack-size <size>", "write no more than this anew in one run")
    .option("--repack-cacheable-only", "write only packs of trees anew")
    .option("--repack-small", "no longer needed: small packs are repacked by themselves")
    .option("--repack-uncompressed", "write everything anew that is not compressed yet")
    .option("--repack-smaller-than <size>", "count packs below this size as small");
}

export function pruneOptionsOf(raw: RawPrune, compression: string | undefined): PruneOptions {
  if (raw.repackUncompressed === true && compression === "off") {
    throw new FirnError({
      code: "usage",
      message: "--repack-uncompressed and --compression off exclude each other",
      hint: "leave one of them out",
    });
  }
  return {
    maxUnused: raw.maxUnused === undefined ? DEFAULT_PRUNE.maxUnused : parseMaxUnused(raw.maxUnused),
    maxRepackBytes: raw.maxRepackSize === undefined ? DEFAULT_PRUNE.maxRepackBytes : parseSize(raw.maxRepackSize, "--max-repack-size"),
    smallPackBytes: raw.repackSmallerThan === undefined ? undefined : smallSize(raw.repackSmallerThan),
    repackCacheableOnly: raw.repackCacheableOnly === true,
    repackUncompressed: raw.repackUncompressed === true,
  };
}

function smallSize(text: string): number {
  const size = parseSize(text, "--repack-smaller-than");
  if (size > 0) return size;
  throw new FirnError({ code: "usage", message: "--repack-smaller-than must be above zero", hint: "for example 8m" });
}

/** Changing a repository without a lock is never allowed. */
export function refuseUnlocked(useLock: boolean, dryRun: boolean, name: string): void {
  if (useLock || dryRun) return;
  throw new FirnError({ code: "usage", message: `--no-lock: ${name} changes the repository`, hint: "use it together with --dry-run" });
}
