import type { Snapshot, StoredSnapshot } from "../../format/snapshot.ts";
import type { GroupBy } from "../../repo/snapshot-group.ts";

export interface ParentQuery {
  /** What must agree between a snapshot and its parent (`--group-by`). */
  readonly groupBy: GroupBy;
  readonly hostname: string;
  /** Absolute and cleaned. */
  readonly paths: readonly string[];
  readonly tags: readonly string[];
  /** Snapshots later than this are no parents. */
  readonly timeNs: bigint;
}

/** The latest snapshot that a new one can be compared with (restic-format §9); of equal times the last one given. */
export function findParent(snapshots: readonly StoredSnapshot[], query: ParentQuery): StoredSnapshot | undefined {
  let latest: StoredSnapshot | undefined;
  for (const snapshot of snapshots) {
    if (snapshot.time.ns > query.timeNs || !isOfSeries(snapshot, query)) continue;
    if (latest === undefined || snapshot.time.ns >= latest.time.ns) latest = snapshot;
  }
  return latest;
}

/** A parent may hold more paths and more tags than the new snapshot, not fewer. */
function isOfSeries(snapshot: Snapshot, { groupBy, hostname, paths, tags }: ParentQuery): boolean {
  if (groupBy.host && snapshot.hostname !== hostname) return false;
  if (groupBy.paths && !paths.every((path) => snapshot.paths.includes(path))) return false;
  return !groupBy.tags || tags.every((tag) => snapshot.tags.includes(tag));
}
