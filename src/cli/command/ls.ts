import type { Command } from "commander";
import { ls } from "../../app/ls.ts";
import { EXIT, FirnError } from "../../base/error.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { WalkedNode } from "../../repo/tree-walk.ts";
import { shortId } from "../../base/id.ts";
import type { Door } from "../door.ts";
import { addFilterOptions, filterOf, type RawFilter } from "../filter-options.ts";
import { globalsOf } from "../global-options.ts";
import { setExitCode } from "../outcome.ts";
import { reportError } from "../report-error.ts";
import { longLine, nodeJson, shortLine } from "../show/node-line.ts";
import { NcduWriter } from "../show/ncdu.ts";
import { compareNodes } from "../show/node-order.ts";
import { LineBuffer } from "../show/line-buffer.ts";
import { goTime } from "../show/local-time.ts";
import { snapshotJson } from "../show/snapshot-json.ts";

interface Options extends RawFilter {
  long?: boolean;
  recursive?: boolean;
  humanReadable?: boolean;
  sort?: string;
  reverse?: boolean;
  ncdu?: boolean;
}

export function register(program: Command, door: Door): void {
  const command = program
    .command("ls")
    .description("List the files of a snapshot")
    .argument("<snapshot[:folder]>", "id, beginning of an id, or latest")
    .argument("[folder...]", "list only what is in these absolute folders")
    .option("-l, --long", "show mode, owner, size and time")
    .option("--recursive", "also what is below the folders")
    .option("--human-readable", "show sizes with units")
    .option("-s, --sort <by>", "name, size, time (or mtime), atime, ctime or extension")
    .option("--reverse", "the other way round")
    .option("--ncdu", "print what `ncdu -f -` reads");
  addFilterOptions(command).action(async (spec: string, folders: string[], options: Options) => {
    const globals = globalsOf(command);
    const lines = new LineBuffer(door.stdout);
    let full: Promise<void> | undefined;
    const writeNcdu = (text: string): void => {
      full = lines.write(text) ?? full;
    };
    const ncdu = options.ncdu === true ? new NcduWriter(writeNcdu) : undefined;
    if (ncdu !== undefined) refuseBeside(options, globals.json);
    const order = options.sort === undefined && options.reverse !== true ? undefined : compareNodes(options.sort ?? "name");
    const held: WalkedNode[] = [];
    const print = (found: WalkedNode): Promise<void> | undefined => {
      if (ncdu !== undefined) {
        full = undefined;
        ncdu.write(found);
        return full;
      }
      if (globals.json) return lines.write(`${nodeJson(found)}\n`);
      if (options.long === true) return lines.write(longLine(found, door.world, options.humanReadable === true));
      return lines.write(shortLine(found));
    };
    const listing = ls(globals, door, {
      spec,
      folders,
      recursive: options.recursive === true,
      filter: filterOf(options, door.world),
      onError: (id, error) => {
        reportError(door, globals.json, "ls", `snapshots/${id}`, error);
        setExitCode(command, EXIT.error);
      },
      onSnapshot: (snapshot) => {
        if (ncdu !== undefined) ncdu.begin(snapshot);
        else if (globals.json) {
          void lines.write(`${snapshotJson(snapshot).text("message_type", "snapshot").text("struct_type", "snapshot").finish()}\n`);
        } else if (!globals.quiet) void lines.write(heading(snapshot, folders));
      },
      ...(ncdu === undefined ? {} : { onPassage: print }),
      onNode: (found) => {
        if (order === undefined) return print(found);
        held.push(found);
        return undefined;
      },
    });
    // What was found before a failure is told, too.
    await listing.catch(async (error: unknown) => {
      await lines.flush();
      throw error;
    });
    if (order !== undefined) held.sort(order);
    if (options.reverse === true) held.reverse();
    for (const found of held) await print(found);
    ncdu?.end();
    await lines.flush();
  });
}

function refuseBeside(options: Options, json: boolean): void {
  const other = json ? "--json" : options.sort !== undefined ? "--sort" : options.reverse === true ? "--reverse" : undefined;
  if (other === undefined) return;
  throw new FirnError({ code: "usage", message: `--ncdu and ${other} cannot be used together`, hint: "drop one of them" });
}

function heading(snapshot: StoredSnapshot, folders: readonly string[]): string {
  const who = `${snapshot.username}@${snapshot.hostname}`;
  const at = goTime(snapshot.time);
  return `snapshot ${shortId(snapshot.id)} of [${snapshot.paths.join(" ")}] at ${at} by ${who} filtered by [${folders.join(" ")}]:\n`;
}
