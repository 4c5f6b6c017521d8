import { shortId } from "../../base/id.ts";
import { formatBytes } from "../../base/size.ts";
import type { World } from "../../base/world.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { GroupKey } from "../../repo/snapshot-group.ts";
import { localTime } from "./local-time.ts";
import { type Column, formatTable } from "./table.ts";

export interface SnapshotTableOptions {
  readonly compact: boolean;
  /** Why each snapshot is kept; adds a column, unless compact. */
  readonly reasons?: ReadonlyMap<string, readonly string[]>;
}

/** Snapshots for people, oldest first, as restic lays them out. */
export function snapshotTable(snapshots: readonly StoredSnapshot[], world: World, options: SnapshotTableOptions): string {
  const { compact, reasons } = options;
  const columns: Column<StoredSnapshot>[] = [
    { heading: "ID", lines: ({ id }) => [shortId(id)] },
    { heading: "Time", lines: ({ time }) => [localTime(time, world)] },
    { heading: compact ? "Host" : "Host      ", lines: ({ hostname }) => [visible(hostname)] },
    { heading: compact ? "Tags  " : "Tags      ", lines: ({ tags }) => (compact ? tags.map(visible) : [visible(tags.join(","))]) },
  ];
  if (reasons !== undefined && !compact) columns.push({ heading: "Reasons", lines: ({ id }) => reasons.get(id) ?? [] });
  if (!compact) columns.push({ heading: "Paths", lines: ({ paths }) => paths.map(visible) });
  if (snapshots.some((snapshot) => snapshot.summary !== undefined)) columns.push({ heading: "Size", lines: sizeOf });
  const spaced = !compact && snapshots.some(({ paths }) => paths.length > 1);
  return formatTable(columns, snapshots, ["Timestamps shown in local time", `${snapshots.length} snapshots`], { spaced });
}

function sizeOf({ summary }: StoredSnapshot): readonly string[] {
  return summary === undefined ? [] : [formatBytes(summary.totalBytesProcessed)];
}

/** `snapshots for (host [x], paths [a, b])`, or nothing when everything is one group. */
export function groupHeading(key: GroupKey): string {
  const parts: string[] = [];
  if (key.hostname !== "") parts.push(`host [${key.hostname}]`);
  if (key.tags !== null) parts.push(`tags [${key.tags.join(", ")}]`);
  if (key.paths !== null) parts.push(`paths [${key.paths.join(", ")}]`);
  return parts.length === 0 ? "" : `snapshots for (${parts.map(visible).join(", ")}):\n`;
}

/** Text from a repository may hold control characters; a terminal must not obey them. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\x${control.codePointAt(0)!.toString(16).padStart(2, "0")}`);
}
