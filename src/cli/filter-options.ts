import type { Command } from "commander";
import { FirnError } from "../base/error.ts";
import type { World } from "../base/world.ts";
import { parseTagList, type SnapshotFilter } from "../repo/snapshot-filter.ts";
import type { GroupBy } from "../repo/snapshot-group.ts";
import { collect } from "./global-options.ts";

/** `--host`, `--tag`, `--path`: which snapshots a command considers. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("-H, --host <host>", "only snapshots of this host; may be repeated (default: $RESTIC_HOST, an empty one unsets it)", collect)
    .option("--tag <tag[,tag...]>", "only snapshots with all these tags; may be repeated for a choice", collect)
    .option("--path <path>", "only snapshots with this absolute path; may be repeated, all must be there", collect);
}

export interface RawFilter {
  host?: string[];
  tag?: string[];
  path?: string[];
}

export function filterOf(raw: RawFilter, world: Pick<World, "env">): SnapshotFilter {
  const hosts = raw.host ?? [world.env["RESTIC_HOST"] ?? ""];
  return { hosts: hosts.filter((host) => host !== ""), tags: (raw.tag ?? []).map(parseTagList), paths: raw.path ?? [] };
}

/** `--group-by host,paths,tags`; an empty text makes one group of all. */
export function parseGroupBy(text: string): GroupBy {
  const words = text.split(",").filter((word) => word !== "");
  const unknown = words.find((word) => !GROUP_WORDS.has(word));
  if (unknown !== undefined) {
    throw new FirnError({ code: "usage", message: `--group-by: ${JSON.stringify(unknown)} is unknown`, hint: "use host, paths and tags" });
  }
  const has = (...names: string[]): boolean => names.some((name) => words.includes(name));
  return { host: has("host", "hosts"), paths: has("path", "paths"), tags: has("tag", "tags") };
}

const GROUP_WORDS: ReadonlySet<string> = new Set(["host", "hosts", "path", "paths", "tag", "tags"]);
