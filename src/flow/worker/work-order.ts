import type { Listener } from "../../base/event.ts";
import type { PackSet } from "../../repo/index/index-view.ts";
import type { PackStoreOptions } from "../../repo/pack-store.ts";

/** What a backup's work is to do, whoever does it. */
export interface WorkOrder extends Pick<PackStoreOptions, "storageClass"> {
  /** The packs whose copies count; every pack when undefined. */
  readonly usable: PackSet | undefined;
  /** Nothing is stored. */
  readonly dryRun: boolean;
  /** Somebody wants to hear of every item. */
  readonly items: boolean;
  readonly emit: Listener;
  readonly signal: AbortSignal;
}

export interface WorkDone<Result, Totals> {
  readonly result: Result;
  /** What each thread has counted. */
  readonly totals: readonly Totals[];
}
