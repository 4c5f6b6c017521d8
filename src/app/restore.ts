import { availableParallelism } from "node:os";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { FirnError, messageOf } from "../base/error.ts";
import type { Event, Listener } from "../base/event.ts";
import { WORKERS_MAX } from "../base/limits.ts";
import { pathOf } from "../format/file-kind.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { EVERYTHING, excluding, including, type PathFilter } from "../flow/restore/filter.ts";
import type { MissingArchived } from "../flow/restore/missing.ts";
import type { Overwrite, XattrChoice } from "../flow/restore/plan.ts";
import type { RestoreReport } from "../flow/restore/progress.ts";
import { restoreTree, type RestoreRunOptions } from "../flow/restore/restore.ts";
import { findSnapshot, parseSnapshotSpec } from "../repo/find.ts";
import type { Repository } from "../repo/repository.ts";
import type { SnapshotFilter } from "../repo/snapshot-filter.ts";
import { findFolder } from "../repo/tree-walk.ts";
import { absolutePath } from "../source/path.ts";
import { compilePatterns, type PatternList } from "../source/pattern.ts";
import { readPatternFile } from "../source/pattern-file.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

/** Patterns as flags give them: on the command line or in files, with or without regard to case. */
export interface PatternWishes {
  readonly patterns: readonly string[];
  readonly patternsAnyCase: readonly string[];
  readonly files: readonly string[];
  readonly filesAnyCase: readonly string[];
}

/** What `firn restore` was asked to do; names follow its flags. */
export interface RestoreRequest {
  readonly access: Access;
  readonly configured?: ConfiguredAccess | undefined;
  readonly cwd: string;
  /** `<snapshot>[:subfolder]` */
  readonly spec: string;
  readonly snapshots: SnapshotFilter;
  readonly target: string;
  readonly include: PatternWishes;
  readonly exclude: PatternWishes;
  readonly includeXattr: readonly string[];
  readonly excludeXattr: readonly string[];
  readonly overwrite: Overwrite;
  readonly delete: boolean;
  readonly sparse: boolean;
  readonly verify: boolean;
  readonly dryRun: boolean;
  readonly ownershipByName: boolean;
}

export interface RestoreCaller extends Caller {
  readonly emit: Listener;
  readonly onSnapshot: (snapshot: StoredSnapshot, target: Bytes) => void;
  /**
   * Told what is archived after everything readable has been restored. "retry" when it has become readable meanwhile: the restore then
   * goes on where it was (what is there already is recognised by its content). Without it, or on "stop", the report says what is missing.
   */
  readonly onMissing?: (missing: MissingArchived, context: MissingContext) => Promise<"retry" | "stop">;
}

export interface MissingContext {
  readonly repo: Repository;
  readonly snapshot: StoredSnapshot;
  readonly signal: AbortSignal;
}

/** Gives back what a snapshot holds. Damage and ice are in the report; throws when nothing could be restored at all. */
export async function restore(request: RestoreRequest, caller: RestoreCaller): Promise<RestoreReport> {
  const options = optionsOf(request, caller);
  const need = {
    lock: "shared",
    mayGoWithout: true,
    ...(request.configured === undefined ? {} : { configured: request.configured }),
  } as const;
  return withRepository(request.access, caller, need, async (repo, signal) => {
    const { snapshot: name, subfolder } = parseSnapshotSpec(request.spec);
    const { snapshot, lost } = await chooseSnapshot(repo, name, request, caller.emit);
    const lostFiles = lost + (await loadIndex(repo, signal, caller.emit));
    const tree = subfolder === undefined ? snapshot.tree : await findFolder(repo, snapshot.tree, subfolder);
    caller.onSnapshot(snapshot, options.target);
    const deps = { signal, emit: caller.emit, workers: Math.min(availableParallelism(), WORKERS_MAX) };
    let report = await restoreTree(repo, tree, options, deps);
    report = { ...report, errors: report.errors + lostFiles };
    while (report.missing !== undefined && (await goesOn(report.missing, { repo, snapshot, signal }, caller))) {
      report = joined(report, await restoreTree(repo, tree, options, deps));
    }
    return report;
  });
}

/** Whether anything that was missing has become readable: by itself, thawed by whomever, or because `onMissing` saw to it. */
async function goesOn(missing: MissingArchived, context: MissingContext, caller: RestoreCaller): Promise<boolean> {
  const { repo, signal } = context;
  const packs = missing.packs.map(({ id }) => id);
  if (await repo.confirmStates(packs, signal)) return true;
  const states = await repo.packStates({ signal });
  const now = missing.packs.map((pack) => (states.get(pack.id)?.state === "thawing" ? { ...pack, state: "thawing" as const } : pack));
  if ((await caller.onMissing?.({ ...missing, packs: now }, context)) !== "retry") return false;
  await repo.packStates({ refresh: true, signal });
  await repo.confirmStates(packs, signal);
  return true;
}

/** A damaged snapshot may have been the `latest`: the newest readable one is restored, but nothing is deleted on a guess. */
async function chooseSnapshot(
  repo: Repository,
  name: string,
  request: RestoreRequest,
  emit: Listener,
): Promise<{ readonly snapshot: StoredSnapshot; readonly lost: number }> {
  let lost = 0;
  const onError = (id: string, error: unknown): void => {
    if (request.delete && !request.dryRun) throw error;
    lost++;
    emit(lostFile(pathOf("snapshots", id), error));
  };
  return { snapshot: await findSnapshot(repo, name, request.snapshots, { onError }), lost };
}

/** A damaged index file hides only the packs it alone lists: whatever the others know is restored. Gives the number of damaged ones. */
async function loadIndex(repo: Repository, signal: AbortSignal, emit: Listener): Promise<number> {
  let lost = 0;
  const onError = (id: string, error: unknown): void => {
    lost++;
    emit(lostFile(pathOf("index", id), error));
  };
  await repo.loadIndex({ signal, onError });
  return lost;
}

function lostFile(path: string, error: unknown): Event {
  // The printer names the file; most errors do as well.
  return { kind: "error", message: messageOf(error).replace(`${path}: `, ""), during: "restore", item: path };
}

/** What two rounds of the same restore have done together. What the first one restored the second one found there. */
function joined(first: RestoreReport, second: RestoreReport): RestoreReport {
  return {
    ...second,
    errors: Math.max(first.errors, second.errors),
    totals: first.totals,
    restoredItems: Math.max(first.restoredItems, first.totals.items - (second.totals.items - second.restoredItems)),
    restoredBytes: first.restoredBytes + second.restoredBytes,
    deletedItems: first.deletedItems + second.deletedItems,
    verifiedFiles: first.verifiedFiles + second.verifiedFiles,
  };
}

function optionsOf(request: RestoreRequest, caller: Caller): RestoreRunOptions {
  const target = absolutePath(utf8(request.target), utf8(request.cwd));
  const filter = filterOf(request, caller);
  if (request.verify && request.dryRun) throw usage("--verify and --dry-run cannot be used together", "drop one of them");
  if (request.delete && target.length === 1 && !filter.limits) {
    throw usage(
      "--delete with --target / would remove everything that is not in the snapshot",
      "say with --include or --exclude what is meant",
    );
  }
  const { overwrite, sparse, verify, dryRun, ownershipByName } = request;
  return { target, filter, overwrite, delete: request.delete, sparse, verify, dryRun, ownershipByName, xattrs: xattrsOf(request) };
}

function filterOf(request: RestoreRequest, caller: Caller): PathFilter {
  const include = listsOf(request.include, "include", request.cwd, caller);
  const exclude = listsOf(request.exclude, "exclude", request.cwd, caller);
  if (include.length > 0 && exclude.length > 0) throw usage("include and exclude patterns cannot be used together", "drop one kind");
  if (include.length > 0) return including(include);
  return exclude.length > 0 ? excluding(exclude) : EVERYTHING;
}

function listsOf(wishes: PatternWishes, flag: string, cwd: string, { world }: Caller): PatternList[] {
  const read = (file: string): Bytes[] => readPatternFile(absolutePath(utf8(file), utf8(cwd)), world.env);
  const exact = [...wishes.files.flatMap(read), ...wishes.patterns];
  const anyCase = [...wishes.filesAnyCase.flatMap(read), ...wishes.patternsAnyCase];
  return [compilePatterns(exact, { from: `--${flag}` }), compilePatterns(anyCase, { ignoreCase: true, from: `--i${flag}` })].filter(
    (list) => list.size > 0,
  );
}

function xattrsOf({ includeXattr, excludeXattr }: RestoreRequest): XattrChoice {
  if (includeXattr.length > 0 && excludeXattr.length > 0)
    throw usage("--include-xattr and --exclude-xattr cannot be used together", "drop one of them");
  const choice: XattrChoice =
    includeXattr.length > 0
      ? { kind: "include", patterns: includeXattr }
      : excludeXattr.length > 0
        ? { kind: "exclude", patterns: excludeXattr }
        : { kind: "all" };
  if (choice.kind !== "all") compilePatterns(choice.patterns, { from: `--${choice.kind}-xattr` });
  return choice;
}

function usage(message: string, hint: string): FirnError {
  return new FirnError({ code: "usage", message, hint });
}
