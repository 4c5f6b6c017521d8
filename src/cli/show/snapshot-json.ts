import type { ObjectWriter } from "../../format/json-writer.ts";
import { encodeString } from "../../format/go-json.ts";
import { writeSnapshot } from "../../format/snapshot-codec.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { shortId } from "../../base/id.ts";
import type { GroupKey, SnapshotGroup } from "../../repo/snapshot-group.ts";

/** A snapshot as `--json` shows it: its file's fields, then its id (restic-format §17). */
export function snapshotJson(snapshot: StoredSnapshot): ObjectWriter {
  return writeSnapshot(snapshot).text("id", snapshot.id).text("short_id", shortId(snapshot.id));
}

export function snapshotsJson(snapshots: readonly StoredSnapshot[]): string {
  return `[${snapshots.map((snapshot) => snapshotJson(snapshot).finish()).join(",")}]`;
}

export function groupsJson(groups: readonly SnapshotGroup[]): string {
  return `[${groups.map((group) => `{"group_key":${groupKeyJson(group.key)},"snapshots":${snapshotsJson(group.snapshots)}}`).join(",")}]`;
}

export function groupKeyJson(key: GroupKey): string {
  return `{"hostname":${encodeString(key.hostname)},"paths":${listJson(key.paths)},"tags":${listJson(key.tags)}}`;
}

function listJson(texts: readonly string[] | null): string {
  return texts === null ? "null" : `[${texts.map(encodeString).join(",")}]`;
}
