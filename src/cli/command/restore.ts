import type { Command } from "commander";
import { type PatternWishes, restore, type RestoreRequest } from "../../app/restore.ts";
import { type Bytes } from "../../base/bytes.ts";
import { EXIT, FirnError } from "../../base/error.ts";
import { countOf, formatBytes } from "../../base/size.ts";
import { shortId } from "../../base/id.ts";
import type { MissingArchived } from "../../flow/restore/missing.ts";
import type { Overwrite } from "../../flow/restore/plan.ts";
import type { RestoreReport } from "../../flow/restore/progress.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { restorePrinter, type RestorePrinter } from "../../watch/restore-progress.ts";
import { showPath } from "../../watch/screen.ts";
import { callerOf, type Door } from "../door.ts";
import { addFilterOptions, filterOf, type RawFilter } from "../filter-options.ts";
import { collect, type GlobalOptions, globalsOf } from "../global-options.ts";
import { addThawOptions, type RawThawOptions, thawHookOf } from "../thaw-options.ts";
import { goTime } from "../show/local-time.ts";

interface Flags extends RawFilter, RawThawOptions {
  target?: string;
  include?: string[];
  iinclude?: string[];
  includeFile?: string[];
  iincludeFile?: string[];
  exclude?: string[];
  iexclude?: string[];
  excludeFile?: string[];
  iexcludeFile?: string[];
  includeXattr?: string[];
  excludeXattr?: string[];
  overwrite: string;
  delete?: boolean;
  sparse?: boolean;
  verify?: boolean;
  dryRun?: boolean;
  ownershipByName?: boolean;
}

export function register(program: Command, door: Door): void {
  const command = program
    .command("restore <snapshot[:subfolder]>")
    .description("Get files back from a snapshot: its id or the beginning of one, or `latest`");
  addWhat(command);
  addHow(command);
  addThawOptions(command.optionsGroup("What is archived:"));
  addFilterOptions(command.optionsGroup("Which snapshot `latest` is:"));
  command.action(async (spec: string, flags: Flags) => runCommand(spec, flags, command, door));
}

function addWhat(command: Command): void {
  command
    .optionsGroup("What and where to:")
    .option("-t, --target <folder>", "folder to restore into")
    .option("-i, --include <pattern>", "restore only what matches; may be repeated", collect)
    .option("--iinclude <pattern>", "the same without regard to case", collect)
    .option("--include-file <file>", "patterns from a file, one a line", collect)
    .option("--iinclude-file <file>", "the same without regard to case", collect)
    .option("-e, --exclude <pattern>", "restore all but what matches; may be repeated", collect)
    .option("--iexclude <pattern>", "the same without regard to case", collect)
    .option("--exclude-file <file>", "patterns from a file, one a line", collect)
    .option("--iexclude-file <file>", "the same without regard to case", collect)
    .option("--include-xattr <pattern>", "restore only these extended attributes", collect)
    .option("--exclude-xattr <pattern>", "restore all but these extended attributes", collect);
}

function addHow(command: Command): void {
  command
    .optionsGroup("How:")
    .option("--overwrite <when>", "what is there already: always, if-changed, if-newer or never", "always")
    .option("--delete", "remove what the snapshot does not hold from restored folders")
    .option("--sparse", "leave holes for blocks of zeros")
    .option("--verify", "read everything back and compare it")
    .option("-n, --dry-run", "write nothing, show what would be done")
    .option("--ownership-by-name", "restore owners by name instead of by number");
}

async function runCommand(spec: string, flags: Flags, command: Command, door: Door): Promise<void> {
  const globals = globalsOf(command);
  const { json, quiet, verbose } = globals;
  const request = requestOf(spec, flags, globals, door);
  const printer = restorePrinter({ screens: { stdout: door.stdout, stderr: door.stderr }, world: door.world, json, quiet, verbose });
  try {
    const report = await restore(request, {
      ...callerOf(door),
      emit: printer.listen,
      onSnapshot: (snapshot, target) => printer.note(heading(snapshot, target)),
      onMissing: thawHookOf(request.dryRun ? { ...flags, thaw: undefined, wait: false } : flags, globals, door, (line) =>
        printer.note(line),
      ),
    });
    printSummary(report, printer);
    if (report.errors > 0) throw incomplete(report.errors);
    if (report.missing !== undefined) throw needsThaw(report.missing, flags.thaw !== undefined && !request.dryRun);
  } finally {
    printer.stop();
  }
}

function heading(snapshot: StoredSnapshot, target: Bytes): string {
  const { id, paths, time, username, hostname } = snapshot;
  return `restoring snapshot ${shortId(id)} of [${paths.map(showPath).join(" ")}] at ${goTime(time)} by ${showPath(`${username}@${hostname}`)} to ${showPath(target)}`;
}

function printSummary(report: RestoreReport, printer: RestorePrinter): void {
  const { totals, restoredItems, restoredBytes, deletedItems } = report;
  printer.summary({
    totalItems: totals.items,
    restoredItems,
    skippedItems: totals.skippedItems,
    deletedItems,
    totalBytes: totals.bytes,
    restoredBytes,
    skippedBytes: totals.skippedBytes,
  });
  if (report.verifiedFiles > 0) printer.note(`verified ${report.verifiedFiles} files`);
}

function incomplete(errors: number): FirnError {
  return new FirnError({
    code: "restore-incomplete",
    message: `there were ${errors} errors; everything else was restored`,
    hint: "the errors above name the files; `firn check --read-data` shows what is damaged in the repository",
  });
}

function needsThaw({ packs, files, bytes }: MissingArchived, asked: boolean): FirnError {
  return new FirnError({
    code: "needs-thaw",
    message: `${countOf(files.length, "file")} (${formatBytes(bytes)}) in ${countOf(packs.length, "archived pack")} cannot be read yet; everything else was restored`,
    hint:
      asked || packs.every((pack) => pack.state === "thawing")
        ? "they are being thawed: run the same command again later, it continues where it was; --wait stays until then"
        : "ask for them with one of the --thaw tiers above, and run the same command again later: it continues where it was",
    exitCode: EXIT.needsThaw,
  });
}

const OVERWRITE: readonly Overwrite[] = ["always", "if-changed", "if-newer", "never"];

function requestOf(spec: string, flags: Flags, globals: GlobalOptions, door: Door): RestoreRequest {
  if (flags.target === undefined || flags.target === "") throw usage("no folder to restore into was given", "say where to with --target");
  const overwrite = OVERWRITE.find((mode) => mode === flags.overwrite);
  if (overwrite === undefined)
    throw usage(`--overwrite: ${JSON.stringify(flags.overwrite)} is unknown`, `use one of ${OVERWRITE.join(", ")}`);
  return {
    access: globals,
    cwd: door.cwd,
    spec,
    snapshots: filterOf(flags, door.world),
    target: flags.target,
    include: wishes(flags.include, flags.iinclude, flags.includeFile, flags.iincludeFile),
    exclude: wishes(flags.exclude, flags.iexclude, flags.excludeFile, flags.iexcludeFile),
    includeXattr: flags.includeXattr ?? [],
    excludeXattr: flags.excludeXattr ?? [],
    overwrite,
    delete: flags.delete === true,
    sparse: flags.sparse === true,
    verify: flags.verify === true,
    dryRun: flags.dryRun === true,
    ownershipByName: flags.ownershipByName === true,
  };
}

function wishes(patterns: string[] = [], patternsAnyCase: string[] = [], files: string[] = [], filesAnyCase: string[] = []): PatternWishes {
  return { patterns, patternsAnyCase, files, filesAnyCase };
}

function usage(message: string, hint: string): FirnError {
  return new FirnError({ code: "usage", message, hint });
}
