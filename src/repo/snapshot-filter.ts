import type { Snapshot } from "../format/snapshot.ts";

/** Which snapshots a command means. Empty lists let everything pass. */
export interface SnapshotFilter {
  /** Any of these hosts. */
  readonly hosts: readonly string[];
  /** Any of these lists, all tags of it; the list [""] means "without tags" (restic-format §12). */
  readonly tags: readonly (readonly string[])[];
  /** All of these paths. */
  readonly paths: readonly string[];
}

export const EVERY_SNAPSHOT: SnapshotFilter = { hosts: [], tags: [], paths: [] };

export function matchesFilter(snapshot: Pick<Snapshot, "hostname" | "tags" | "paths">, filter: SnapshotFilter): boolean {
  const host = filter.hosts.length === 0 || filter.hosts.includes(snapshot.hostname);
  return host && hasTags(snapshot.tags, filter.tags) && filter.paths.every((path) => snapshot.paths.includes(path));
}

/** Whether all tags of any list are there. */
export function hasTags(tags: readonly string[], lists: SnapshotFilter["tags"]): boolean {
  return lists.length === 0 || lists.some((list) => (isUntagged(list) ? tags.length === 0 : list.every((tag) => tags.includes(tag))));
}

function isUntagged(list: readonly string[]): boolean {
  return list.length === 1 && list[0] === "";
}

/** One `--tag` value: comma split, trimmed, empties dropped; an empty value asks for what has no tags. */
export function parseTagList(text: string): readonly string[] {
  const tags = text.split(",").map((tag) => tag.trim());
  const named = tags.filter((tag) => tag !== "");
  return named.length === 0 ? [""] : named;
}
