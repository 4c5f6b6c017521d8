import { utf8 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import type { SnapshotId } from "../base/id.ts";
import { ObjectReader, parseJson } from "./json-reader.ts";
import { ObjectWriter } from "./json-writer.ts";
import type { Snapshot, SnapshotSummary, StoredSnapshot } from "./snapshot.ts";
import { encodeTime } from "./time-text.ts";

const UINT32_MAX = 0xffff_ffff;

/** The counts of a summary in restic's order (restic-format §6). */
const COUNTS = [
  ["files_new", "filesNew"],
  ["files_changed", "filesChanged"],
  ["files_unmodified", "filesUnmodified"],
  ["dirs_new", "dirsNew"],
  ["dirs_changed", "dirsChanged"],
  ["dirs_unmodified", "dirsUnmodified"],
  ["data_blobs", "dataBlobs"],
  ["tree_blobs", "treeBlobs"],
  ["data_added", "dataAdded"],
  ["data_added_packed", "dataAddedPacked"],
  ["total_files_processed", "totalFilesProcessed"],
  ["total_bytes_processed", "totalBytesProcessed"],
] as const;

/** A snapshot's JSON as restic writes it, without a newline (restic-format §6). */
export function encodeSnapshot(snapshot: Snapshot): Bytes {
  return utf8(writeSnapshot(snapshot).finish());
}

/** The fields of a snapshot's JSON, open for those that `--json` output adds at the end. */
export function writeSnapshot(snapshot: Snapshot): ObjectWriter {
  const json = new ObjectWriter()
    .text("time", encodeTime(snapshot.time))
    .optionalText("parent", snapshot.parent)
    .text("tree", snapshot.tree)
    .texts("paths", snapshot.paths)
    .optionalText("hostname", snapshot.hostname)
    .optionalText("username", snapshot.username)
    .optionalNumber("uid", snapshot.uid)
    .optionalNumber("gid", snapshot.gid)
    .optionalTexts("excludes", snapshot.excludes)
    .optionalTexts("tags", snapshot.tags)
    .optionalText("original", snapshot.original)
    .optionalText("program_version", snapshot.programVersion);
  return snapshot.summary === undefined ? json : json.put("summary", encodeSummary(snapshot.summary));
}

function encodeSummary(summary: SnapshotSummary): string {
  const json = new ObjectWriter().text("backup_start", encodeTime(summary.backupStart)).text("backup_end", encodeTime(summary.backupEnd));
  for (const [name, field] of COUNTS) json.put(name, summary[field]);
  return json.finish();
}

/** Decodes a snapshot file's JSON; unknown fields are passed over. Throws CorruptError naming `snapshots/<id>`. */
export function decodeSnapshot(bytes: Bytes, id: SnapshotId): StoredSnapshot {
  const what = `snapshots/${id}`;
  const json = new ObjectReader(parseJson(bytes, what), what);
  return {
    id,
    time: json.time("time"),
    parent: json.optionalId("parent"),
    tree: json.id("tree"),
    paths: json.texts("paths"),
    hostname: json.text("hostname"),
    username: json.text("username"),
    uid: json.uint("uid", UINT32_MAX),
    gid: json.uint("gid", UINT32_MAX),
    excludes: json.texts("excludes"),
    tags: json.texts("tags"),
    original: json.optionalId("original"),
    programVersion: json.text("program_version"),
    summary: json.has("summary") ? decodeSummary(new ObjectReader(json.raw("summary"), what)) : undefined,
  };
}

function decodeSummary(json: ObjectReader): SnapshotSummary {
  const counts = Object.fromEntries(COUNTS.map(([name, field]) => [field, json.uint(name)]));
  const known = counts as Record<(typeof COUNTS)[number][1], number>;
  return { backupStart: json.time("backup_start"), backupEnd: json.time("backup_end"), ...known };
}
