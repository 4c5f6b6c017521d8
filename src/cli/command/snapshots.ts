import type { Command } from "commander";
import { listSnapshots } from "../../app/snapshots.ts";
import type { Door } from "../door.ts";
import { addFilterOptions, filterOf, parseGroupBy, type RawFilter } from "../filter-options.ts";
import { globalsOf, wholeNumber } from "../global-options.ts";
import { reportError } from "../report-error.ts";
import { groupsJson, snapshotsJson } from "../show/snapshot-json.ts";
import { groupHeading, snapshotTable } from "../show/snapshot-table.ts";

interface Options extends RawFilter {
  compact?: boolean;
  groupBy?: string;
  latest?: string;
}

export function register(program: Command, door: Door): void {
  const command = program
    .command("snapshots")
    .description("List the repository's snapshots, oldest first")
    .argument("[snapshot...]", "ids, or beginnings of ids (default: all)")
    .option("-c, --compact", "leave out the paths")
    .option("-g, --group-by <parts>", "group by host, paths and tags, separated by commas")
    .option("--latest <n>", "only the newest n of each host and set of paths");
  addFilterOptions(command).action(async (names: string[], options: Options) => {
    const globals = globalsOf(command);
    const groups = await listSnapshots(globals, door, {
      names,
      filter: filterOf(options, door.world),
      groupBy: parseGroupBy(options.groupBy ?? ""),
      latest: wholeNumber(options.latest, "--latest"),
      onError: (what, error) => reportError(door, globals.json, "snapshots", what, error),
    });
    if (globals.json) {
      const grouped = (options.groupBy ?? "") !== "";
      door.stdout.write(`${grouped ? groupsJson(groups) : snapshotsJson(groups[0]?.snapshots ?? [])}\n`);
      return;
    }
    for (const group of groups) {
      door.stdout.write(groupHeading(group.key));
      door.stdout.write(snapshotTable(group.snapshots, door.world, { compact: options.compact === true }));
    }
    if (groups.length === 0 && !globals.quiet) door.stderr.write("no snapshot matches\n");
  });
}
