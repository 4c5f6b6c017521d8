import type { StoredSnapshot } from "../format/snapshot.ts";
import { selectSnapshots } from "../repo/find.ts";
import type { SnapshotFilter } from "../repo/snapshot-filter.ts";
import { type GroupBy, groupSnapshots, type SnapshotGroup } from "../repo/snapshot-group.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

export interface SnapshotsWish {
  readonly names: readonly string[];
  readonly filter: SnapshotFilter;
  readonly groupBy: GroupBy;
  /** Only so many of the newest of each host and set of paths. */
  readonly latest: number | undefined;
  /** Told of what cannot be found or read; the others are listed all the same. */
  readonly onError: (what: string, error: unknown) => void;
}

export function listSnapshots(access: Access, caller: Caller, wish: SnapshotsWish): Promise<SnapshotGroup[]> {
  return withRepository(access, caller, { lock: "shared", mayGoWithout: true }, async (repo) => {
    const snapshots = await selectSnapshots(repo, wish.names, wish.filter, { onError: wish.onError });
    const groups = groupSnapshots(snapshots.sort(oldestFirst), wish.groupBy);
    return groups.map(({ key, snapshots: members }) => ({ key, snapshots: latestOf(members, wish.latest) }));
  });
}

function oldestFirst(a: StoredSnapshot, b: StoredSnapshot): number {
  if (a.time.ns !== b.time.ns) return a.time.ns < b.time.ns ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function latestOf(snapshots: readonly StoredSnapshot[], latest: number | undefined): StoredSnapshot[] {
  if (latest === undefined) return [...snapshots];
  const series = groupSnapshots(snapshots, { host: true, paths: true, tags: false });
  const kept = new Set(series.flatMap((group) => group.snapshots.slice(-latest)));
  return snapshots.filter((snapshot) => kept.has(snapshot));
}
