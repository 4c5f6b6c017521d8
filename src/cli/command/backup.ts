import type { Command } from "commander";
import { backup, type BackupRequest } from "../../app/backup.ts";
import { EXIT, FirnError } from "../../base/error.ts";
import { backupPrinter } from "../../watch/backup-progress.ts";
import { callerOf, type Door } from "../door.ts";
import { collect, type GlobalOptions, globalsOf, wholeNumber } from "../global-options.ts";
import { parseGroupBy } from "../filter-options.ts";
import { setExitCode } from "../outcome.ts";
import { addCostOptions, costWish, type RawCostOptions } from "../price-options.ts";

interface Flags extends RawCostOptions {
  parent?: string;
  groupBy: string;
  force?: boolean;
  exclude?: string[];
  iexclude?: string[];
  excludeFile?: string[];
  iexcludeFile?: string[];
  excludeIfPresent?: string[];
  excludeCaches?: boolean;
  excludeLargerThan?: string;
  oneFileSystem?: boolean;
  stdin?: boolean;
  stdinFilename: string;
  stdinFromCommand?: boolean;
  tag?: string[];
  readConcurrency?: string;
  host?: string;
  hostname?: string;
  filesFrom?: string[];
  filesFromVerbatim?: string[];
  filesFromRaw?: string[];
  time?: string;
  withAtime?: boolean;
  ignoreInode?: boolean;
  ignoreCtime?: boolean;
  dryRun?: boolean;
  scan: boolean;
  skipIfUnchanged?: boolean;
}

export function register(program: Command, door: Door): void {
  const command = program.command("backup [target...]").description("Take a snapshot of files and folders");
  addSelectionOptions(command);
  addSourceOptions(command);
  addSnapshotOptions(command);
  addCostOptions(command.optionsGroup("What it may cost:"));
  command.action(async (targets: string[], flags: Flags, self: Command) => runCommand(targets, flags, self, door));
}

function addSelectionOptions(command: Command): void {
  command
    .optionsGroup("What to leave out:")
    .option("-e, --exclude <pattern>", "leave out what matches; may be repeated", collect)
    .option("--iexclude <pattern>", "the same without regard to case", collect)
    .option("--exclude-file <file>", "patterns from a file, one a line", collect)
    .option("--iexclude-file <file>", "the same without regard to case", collect)
    .option("--exclude-if-present <name[:header]>", "leave out what lies beside a file of that name that begins with header", collect)
    .option("--exclude-caches", "leave out folders marked as caches by a CACHEDIR.TAG")
    .option("--exclude-larger-than <size>", "leave out files above a size such as 500m")
    .option("-x, --one-file-system", "stay on the file systems of the targets");
}

function addSourceOptions(command: Command): void {
  command
    .optionsGroup("What to read:")
    .option("--files-from <file>", "targets from a file, one glob a line; - is standard input", collect)
    .option("--files-from-verbatim <file>", "targets from a file, one path a line as it stands", collect)
    .option("--files-from-raw <file>", "targets from a file, each ended by a NUL byte", collect)
    .option("--stdin", "back up standard input as one file")
    .option("--stdin-filename <name>", "its name in the snapshot", "stdin")
    .option("--stdin-from-command", "back up what a command prints; no snapshot if it fails")
    .option("-f, --force", "read everything, whatever the parent snapshot says")
    .option("--parent <snapshot>", "compare with this snapshot (default: the latest of the same group)")
    .option("-g, --group-by <list>", "what a parent must have in common: host, paths, tags", "host,paths")
    .option("--ignore-inode", "do not take a new inode number or ctime for a change")
    .option("--ignore-ctime", "do not take a new ctime for a change")
    .option(
      "--read-concurrency <n>",
      "read so many files at a time, each in a thread of its own (default: $RESTIC_READ_CONCURRENCY, else one for each processor)",
    )
    .option("--no-scan", "do not count the files first; progress then knows no total");
}

function addSnapshotOptions(command: Command): void {
  command
    .optionsGroup("The snapshot:")
    .option("--tag <tag,…>", "tags; may be repeated", collect)
    .option("-H, --host <name>", "host name to record (default: $RESTIC_HOST, this machine's)")
    .option("--hostname <name>", "the same; deprecated")
    .option("--time <time>", "time to record, as 2026-11-23 22:08:41 (default: now)")
    .option("--with-atime", "record access times")
    .option("-n, --dry-run", "store nothing, show what would be done")
    .option("--skip-if-unchanged", "save no snapshot when it would equal its parent");
}

async function runCommand(targets: string[], flags: Flags, command: Command, door: Door): Promise<void> {
  const globals = globalsOf(command);
  checkUse(targets, flags);
  const { json, quiet, verbose } = globals;
  const printer = backupPrinter({
    screens: { stdout: door.stdout, stderr: door.stderr },
    clock: door.world.clock,
    env: door.world.env,
    json,
    quiet,
    verbose,
  });
  try {
    const result = await backup(requestOf(targets, flags, globals, door), {
      ...callerOf(door),
      stdin: door.stdin,
      emit: printer.listen,
    });
    printer.finish(result);
    if (result.incomplete) sayIncomplete(command, door, json);
  } finally {
    printer.stop();
  }
}

function requestOf(targets: string[], flags: Flags, globals: GlobalOptions, door: Door): BackupRequest {
  const shown = globals.json || door.stdout.isTTY || globals.verbose > 0 || Boolean(door.world.env["RESTIC_PROGRESS_FPS"]);
  return {
    access: globals,
    cwd: door.cwd,
    targets,
    filesFrom: flags.filesFrom ?? [],
    filesFromVerbatim: flags.filesFromVerbatim ?? [],
    filesFromRaw: flags.filesFromRaw ?? [],
    excludes: flags.exclude ?? [],
    iexcludes: flags.iexclude ?? [],
    excludeFiles: flags.excludeFile ?? [],
    iexcludeFiles: flags.iexcludeFile ?? [],
    excludeIfPresent: flags.excludeIfPresent ?? [],
    excludeCaches: flags.excludeCaches === true,
    excludeLargerThan: flags.excludeLargerThan,
    oneFileSystem: flags.oneFileSystem === true,
    force: flags.force === true,
    parent: flags.parent,
    groupBy: parseGroupBy(flags.groupBy),
    stdin: flags.stdin === true,
    stdinFilename: flags.stdinFilename,
    stdinFromCommand: flags.stdinFromCommand === true,
    tags: (flags.tag ?? []).flatMap((list) => list.split(",").map((tag) => tag.trim())).filter((tag) => tag !== ""),
    host: flags.host ?? flags.hostname,
    time: flags.time,
    dryRun: flags.dryRun === true,
    skipIfUnchanged: flags.skipIfUnchanged === true,
    withAtime: flags.withAtime === true,
    ignoreCtime: flags.ignoreCtime === true,
    ignoreInode: flags.ignoreInode === true,
    readConcurrency: wholeNumber(flags.readConcurrency, "--read-concurrency"),
    cost: costWish(flags),
    // Counting costs a look at every file: only where somebody sees the total.
    scan: flags.scan && shown && !globals.quiet,
    items: globals.verbose >= (globals.json ? 1 : 2),
  };
}

function checkUse(targets: readonly string[], flags: Flags): void {
  if (flags.stdin !== true && flags.stdinFromCommand !== true) return;
  const lists = [
    ["--files-from", flags.filesFrom],
    ["--files-from-verbatim", flags.filesFromVerbatim],
    ["--files-from-raw", flags.filesFromRaw],
  ] as const;
  for (const [name, given] of lists) {
    if (given !== undefined)
      throw new FirnError({ code: "usage", message: `--stdin and ${name} cannot be used together`, hint: "drop one of them" });
  }
  if (targets.length > 0 && flags.stdinFromCommand !== true) {
    throw new FirnError({ code: "usage", message: "--stdin was given together with files or folders", hint: "drop one of them" });
  }
}

function sayIncomplete(command: Command, door: Door, json: boolean): void {
  const message = "Warning: at least one source file could not be read";
  setExitCode(command, EXIT.incomplete);
  door.stderr.write(json ? `${JSON.stringify({ message_type: "exit_error", code: EXIT.incomplete, message })}\n` : `${message}\n`);
}
