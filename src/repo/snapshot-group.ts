import type { StoredSnapshot } from "../format/snapshot.ts";

/** What snapshots have in common that belong together; absent parts do not matter. Lists are sorted. */
export interface GroupKey {
  readonly hostname: string;
  readonly paths: readonly string[] | null;
  readonly tags: readonly string[] | null;
}

export interface GroupBy {
  readonly host: boolean;
  readonly paths: boolean;
  readonly tags: boolean;
}

export interface SnapshotGroup {
  readonly key: GroupKey;
  /** In the order they came, the paths of each sorted, as restic shows them. */
  readonly snapshots: StoredSnapshot[];
}

/** Groups by equal host, paths and tags, whichever are asked for; groups in the order of their keys (restic-format §12). */
export function groupSnapshots(snapshots: Iterable<StoredSnapshot>, by: GroupBy): SnapshotGroup[] {
  const groups = new Map<string, SnapshotGroup>();
  for (const snapshot of snapshots) {
    const key: GroupKey = {
      hostname: by.host ? snapshot.hostname : "",
      paths: by.paths ? sortedOrNull(snapshot.paths) : null,
      tags: by.tags ? sortedOrNull(snapshot.tags) : null,
    };
    const text = JSON.stringify(key);
    const group = groups.get(text);
    const shown = withPathsSorted(snapshot);
    if (group === undefined) groups.set(text, { key, snapshots: [shown] });
    else group.snapshots.push(shown);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function sortedOrNull(texts: readonly string[]): readonly string[] | null {
  return texts.length === 0 ? null : [...texts].sort();
}

/** The snapshot itself when there is nothing to sort. */
function withPathsSorted(snapshot: StoredSnapshot): StoredSnapshot {
  const { paths } = snapshot;
  return paths.length < 2 || paths.every((path, i) => i === 0 || paths[i - 1]! <= path)
    ? snapshot
    : { ...snapshot, paths: [...paths].sort() };
}
