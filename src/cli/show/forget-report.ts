import type { ForgetGroup } from "../../app/forget.ts";
import type { World } from "../../base/world.ts";
import { encodeString } from "../../format/go-json.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { snapshotJson } from "./snapshot-json.ts";
import { groupHeading, snapshotTable } from "./snapshot-table.ts";

/** What is kept of a group and why, then what goes; tables run from old to new. */
export function forgetTable({ key, keep, remove }: ForgetGroup, world: World, compact: boolean): string {
  let text = groupHeading(key);
  if (keep.length > 0) {
    const reasons = new Map(keep.map(({ snapshot, reasons: why }) => [snapshot.id as string, why]));
    const kept = keep.map(({ snapshot }) => snapshot).reverse();
    text += `keep ${keep.length} snapshots:\n${snapshotTable(kept, world, { compact, reasons })}\n`;
  }
  if (remove.length > 0) text += `remove ${remove.length} snapshots:\n${snapshotTable([...remove].reverse(), world, { compact })}\n`;
  return text;
}

/** One array of groups (restic-format §17); lists that are empty are null, as restic writes them. */
export function forgetJson(groups: readonly ForgetGroup[]): string {
  return `[${groups.map(groupJson).join(",")}]`;
}

function groupJson({ key, keep, remove }: ForgetGroup): string {
  const kept = keep.map(({ snapshot }) => snapshot);
  const reasons = keep.map(
    ({ snapshot, reasons: why }) => `{"snapshot":${snapshotJson(snapshot).finish()},"matches":[${why.map(encodeString).join(",")}]}`,
  );
  return `{"tags":${texts(key.tags)},"host":${encodeString(key.hostname)},"paths":${texts(key.paths)},"keep":${snapshots(kept)},"remove":${snapshots(remove)},"reasons":${list(reasons)}}`;
}

function texts(values: readonly string[] | null): string {
  return list((values ?? []).map(encodeString));
}

function snapshots(values: readonly StoredSnapshot[]): string {
  return list(values.map((snapshot) => snapshotJson(snapshot).finish()));
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "null" : `[${items.join(",")}]`;
}
