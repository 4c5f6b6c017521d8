import type { Readable } from "node:stream";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Bytes, textLossy, utf8 } from "../base/bytes.ts";
import { FirnError, messageOf } from "../base/error.ts";
import type { Listener } from "../base/event.ts";
import { shortId } from "../base/id.ts";
import { WORKERS_MAX } from "../base/limits.ts";
import type { Time } from "../base/time.ts";
import { PROGRAM_NAME } from "../base/version.ts";
import type { World } from "../base/world.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { findParent } from "../flow/backup/find-parent.ts";
import { type BackupReport, type BackupSource, runBackup } from "../flow/backup/run.ts";
import { startThreads } from "../flow/worker/threads.ts";
import { openCache } from "../repo/cache.ts";
import { findSnapshot } from "../repo/find.ts";
import type { Repository } from "../repo/repository.ts";
import type { GroupBy } from "../repo/snapshot-group.ts";
import type { Selection } from "../source/reject.ts";
import { scanTargets } from "../source/scan.ts";
import { selectionBy } from "../source/selection-rules.ts";
import { posixFs } from "../source/source-fs.ts";
import { planTargets, type TargetPlan } from "../source/targets.ts";
import type { StorageClass } from "../store/object-store.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import { withBackupConfig } from "./backup/configured.ts";
import { type ExcludeOptions, rulesOf } from "./backup/selection.ts";
import { commandOutput, streamOf } from "./backup/stdin.ts";
import { collectTargets, type TargetLists } from "./backup/targets.ts";
import { accessOf } from "./config/configured-access.ts";
import { loadConfig } from "./config/load.ts";
import { costWatch, type CostWish } from "./cost-watch.ts";
import { liveLean } from "./lean-memory.ts";
import type { Caller } from "./open-repository.ts";
import { parseLocalTime } from "./local-time.ts";
import { type Need, withRepository } from "./with-repository.ts";

/** What `firn backup` was asked to do; names follow its flags. */
export interface BackupRequest extends TargetLists, ExcludeOptions {
  readonly access: Access;
  readonly configured?: ConfiguredAccess | undefined;
  readonly cwd: string;
  readonly force: boolean;
  readonly parent: string | undefined;
  readonly groupBy: GroupBy;
  readonly stdin: boolean;
  readonly stdinFilename: string;
  readonly stdinFromCommand: boolean;
  readonly tags: readonly string[];
  readonly host: string | undefined;
  readonly time: string | undefined;
  readonly dryRun: boolean;
  readonly skipIfUnchanged: boolean;
  readonly withAtime: boolean;
  readonly ignoreCtime: boolean;
  readonly ignoreInode: boolean;
  readonly readConcurrency: number | undefined;
  /** Count what there is beside the backup, so that progress knows the total. */
  readonly scan: boolean;
  /** Tell of every file and folder, not only of what goes wrong. */
  readonly items: boolean;
  /** For data and trees; an instant class. Undefined leaves it to the store (STANDARD). */
  readonly storageClass?: StorageClass | undefined;
  readonly cost?: CostWish | undefined;
}

export interface BackupCaller extends Caller {
  readonly stdin: Readable;
  readonly emit: Listener;
}

export interface BackupResult extends BackupReport {
  readonly dryRun: boolean;
  /** Something could not be read: exit code 3, the snapshot is saved all the same. */
  readonly incomplete: boolean;
}

/** Takes a snapshot. Throws when none could be taken. */
export async function backup(asked: BackupRequest, caller: BackupCaller): Promise<BackupResult> {
  const { world, emit } = caller;
  liveLean();
  const config = await loadConfig(asked.access.configFile, world);
  const request = withBackupConfig(asked, config.backup, world);
  const startedNs = world.clock.nowNs();
  const streams = request.stdin || request.stdinFromCommand;
  // They load their code while the key is derived.
  await using threads = startThreads(threadsFor(request, world));
  const targets = streams ? { paths: [], missing: 0 } : await collectTargets(request, caller);
  const time = request.time === undefined ? { ns: startedNs, offset: world.zoneOffset(startedNs) } : parseLocalTime(request.time, world);
  const need: Need = {
    lock: request.dryRun ? "none" : "shared",
    configured: request.configured ?? accessOf(config),
    chargeAt: costWatch(request.access, world, config, request.cost).chargeAt,
  };
  return await withRepository(request.access, withoutStdin(request, caller), need, async (repo, signal) => {
    // Beside the search for a parent, both while the lock settles. Whoever needs the index waits for the same promise and hears of failures.
    repo.loadIndex({ signal }).catch(() => undefined);
    const source = streams ? streamSource(request, caller, time, signal) : fileSource(request, caller.world, targets.paths, emit);
    const parent = streams ? undefined : await chooseParent(repo, request, source.paths, time, world, emit);
    if (!streams) {
      const name = parent === undefined ? "no parent snapshot found, will read all files" : `using parent snapshot ${shortId(parent.id)}`;
      emit({ kind: "phase", name });
    }
    const scanned = new AbortController();
    const scan = source.plan !== undefined && request.scan ? countAhead(source, scanned.signal, emit) : Promise.resolve();
    try {
      const report = await runBackup(repo, {
        source: source.source,
        parent,
        facts: {
          time,
          paths: source.paths,
          hostname: hostOf(request, world),
          excludes: request.excludes,
          tags: request.tags,
          programVersion: PROGRAM_NAME,
        },
        startedNs,
        change: { ignoreCtime: request.ignoreCtime, ignoreInode: request.ignoreInode },
        withAtime: request.withAtime,
        workers: threads.count,
        threads,
        packFolder: cachedPacks(request.access, repo, world),
        items: request.items,
        dryRun: request.dryRun,
        skipIfUnchanged: request.skipIfUnchanged,
        ...(request.storageClass === undefined ? {} : { storageClass: () => request.storageClass }),
        emit,
        signal,
      });
      return { ...report, dryRun: request.dryRun, incomplete: report.errors > 0 || targets.missing > 0 };
    } finally {
      scanned.abort();
      await scan;
    }
  });
}

/** Standard input that is to be backed up, or names what is, is not searched for a password. */
function withoutStdin(request: BackupRequest, caller: BackupCaller): Caller {
  const lists = [...request.filesFrom, ...request.filesFromVerbatim, ...request.filesFromRaw];
  if (!request.stdin && !lists.includes("-")) return caller;
  const askPassword = async (): Promise<never> => {
    throw new FirnError({
      code: "no-password",
      message: "no password was given, and standard input is taken",
      hint: "set RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND, or use --password-file or --password-command",
    });
  };
  return { ...caller, askPassword };
}

interface PlannedSource {
  readonly source: BackupSource;
  /** As the snapshot records them. */
  readonly paths: readonly string[];
  readonly plan: TargetPlan | undefined;
  readonly selection: Selection | undefined;
}

function fileSource(request: BackupRequest, world: World, targets: readonly Bytes[], emit: Listener): PlannedSource {
  const plan = planTargets(targets, utf8(request.cwd), posixFs);
  const rules = rulesOf(request, request.access, world, plan.snapshotPaths);
  // Here once for the scan, for what is malformed, and for warnings; each thread makes its own.
  const selection = selectionBy(rules, posixFs, (message) => emit({ kind: "warning", message }));
  return {
    source: { kind: "files", root: plan.root, rules, fs: posixFs },
    paths: plan.snapshotPaths.map(textLossy),
    plan,
    selection,
  };
}

function streamSource(request: BackupRequest, caller: BackupCaller, mtime: Time, signal: AbortSignal): PlannedSource {
  const path = streamPath(request.stdinFilename);
  const chunks = request.stdinFromCommand
    ? commandOutput(request.targets, request.cwd, (message) => caller.emit({ kind: "warning", message }), signal)
    : streamOf(caller.stdin);
  return {
    source: { kind: "stream", stream: { path: utf8(path), chunks, mtime } },
    paths: [path],
    plan: undefined,
    selection: undefined,
  };
}

/** The name inside the snapshot: made absolute and cleaned, so that `../x` cannot climb. */
function streamPath(name: string): string {
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  if (parts.length === 0) throw new FirnError({ code: "usage", message: `--stdin-filename ${JSON.stringify(name)}: not a file name` });
  return `/${parts.join("/")}`;
}

async function chooseParent(
  repo: Repository,
  request: BackupRequest,
  paths: readonly string[],
  time: Time,
  world: World,
  emit: Listener,
): Promise<StoredSnapshot | undefined> {
  if (request.force) return undefined;
  if (request.parent !== undefined && request.parent !== "latest") return findSnapshot(repo, request.parent);
  const { groupBy, tags } = request;
  // One that cannot be read could only have saved time.
  const onError = (_id: string, error: unknown): void => emit({ kind: "warning", message: `${messageOf(error)}; passed over as parent` });
  const found = findParent(await repo.loadSnapshots({ onError, fromShelf: true }), {
    groupBy,
    hostname: hostOf(request, world),
    paths,
    tags,
    timeNs: time.ns,
  });
  if (found === undefined && request.parent === "latest") {
    throw new FirnError({
      code: "no-such-id",
      message: "--parent latest: no snapshot of this host and these paths",
      hint: "leave --parent out, or name a snapshot; `firn snapshots` shows what there is",
    });
  }
  return found;
}

async function countAhead(source: PlannedSource, signal: AbortSignal, emit: Listener): Promise<void> {
  const totals = await scanTargets(source.plan!, source.selection!, posixFs, {
    signal,
    onProgress: ({ files, bytes }) => emit({ kind: "scan", files, bytes: Number(bytes), final: false }),
    onError: (path, error) =>
      emit({ kind: "error", during: "scan", item: path, message: error instanceof Error ? error.message : String(error) }),
  });
  if (!signal.aborted) emit({ kind: "scan", files: totals.files, bytes: Number(totals.bytes), final: true });
}

function hostOf(request: BackupRequest, world: World): string {
  return request.host || world.env["RESTIC_HOST"] || world.hostname;
}

/** Where the cache has the packs with the parent's trees. */
function cachedPacks(access: Access, repo: Repository, world: World): string | undefined {
  const { folder } = openCache(access.cacheDir, world);
  return !access.useCache || folder === undefined ? undefined : join(folder, repo.config.id, "data");
}

/** Each reads files of its own, so that as many are read at a time. */
function threadsFor(request: BackupRequest, world: World): number {
  const fromEnv = world.env["RESTIC_READ_CONCURRENCY"];
  const given = request.readConcurrency ?? (fromEnv ? Number(fromEnv) : undefined);
  if (given !== undefined && (!Number.isInteger(given) || given < 0)) {
    throw new FirnError({ code: "usage", message: `RESTIC_READ_CONCURRENCY: ${JSON.stringify(fromEnv)} is not a whole number` });
  }
  return Math.min(given || availableParallelism(), WORKERS_MAX);
}
