import type { Bytes } from "../../base/bytes.ts";
import type { BlobId } from "../../base/id.ts";
import type { World } from "../../base/world.ts";
import type { Zone } from "../../base/zone.ts";
import type { ChangeOptions } from "../../source/change.ts";
import type { SelectionRules } from "../../source/selection-rules.ts";
import type { TargetNode } from "../../source/targets.ts";
import type { BackupStats } from "./stats.ts";

/** What a backup walks, and how; the same for every thread. Plain data. */
export interface WalkPlan {
  readonly root: TargetNode;
  /** Tree of the parent snapshot. */
  readonly parent: BlobId | undefined;
  readonly rules: SelectionRules;
  readonly change: ChangeOptions;
  readonly withAtime: boolean;
  readonly zone: Zone;
  /** Folder that may hold packs with trees, as the local cache does: `<2 hex>/<id>`. What is not there is asked for. */
  readonly packFolder: string | undefined;
}

/** One entry to be saved by another thread. */
export interface WalkItem {
  readonly name: Bytes;
  readonly path: Bytes;
  /** Path inside the snapshot. */
  readonly label: Bytes;
  readonly explicit: boolean;
}

/** Everything, or some neighbours in one directory. `before` is a tree of what the parent snapshot knows of them. */
export type WalkTask =
  | { readonly kind: "root" }
  | { readonly kind: "items"; readonly items: readonly WalkItem[]; readonly before: Bytes | undefined };

export type WalkResult =
  /** Undefined when nothing at all could be saved. */
  | { readonly kind: "root"; readonly tree: BlobId | undefined }
  /** The node of each item as it stands in a tree, with the comma behind it; empty for what is not saved. */
  | { readonly kind: "items"; readonly nodes: readonly Bytes[] };

/** What one thread has counted. */
export type WalkTotals = Pick<
  BackupStats,
  "files" | "dirs" | "dataBlobs" | "treeBlobs" | "addedBytes" | "storedBytes" | "processedBytes" | "errors" | "rereadFiles"
>;

/** What a plan is made of besides the world it is for. */
export interface WalkWish extends Pick<WalkPlan, "root" | "rules" | "change" | "withAtime"> {
  readonly parent: { readonly tree: BlobId } | undefined;
  readonly packFolder?: string | undefined;
}

export function walkPlanOf(wish: WalkWish, world: Pick<World, "zone">): WalkPlan {
  const { root, rules, change, withAtime, parent, packFolder } = wish;
  return { root, rules, change, withAtime, parent: parent?.tree, zone: world.zone, packFolder };
}
