import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { Listener } from "../base/event.ts";
import { FirnError } from "../base/error.ts";
import { WORKERS_MAX } from "../base/limits.ts";
import { check } from "../flow/check/check.ts";
import type { CheckReport, Finding } from "../flow/check/finding.ts";
import { parseSubset, type Subset } from "../flow/check/subset.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { findFile, findSnapshot, isLatest } from "../repo/find.ts";
import type { Repository } from "../repo/repository.ts";
import { matchesFilter, type SnapshotFilter } from "../repo/snapshot-filter.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

/** What `firn check` was asked to do; names follow its flags. */
export interface CheckRequest {
  readonly access: Access;
  readonly configured?: ConfiguredAccess | undefined;
  readonly readData: boolean;
  readonly readDataSubset: string | undefined;
  readonly withCache: boolean;
  readonly snapshots: SnapshotFilter;
  /** Check only these, and with data only the packs they use. */
  readonly names: readonly string[];
}

export interface CheckCaller extends Caller {
  readonly emit: Listener;
  readonly onFinding: (finding: Finding) => void;
  readonly onNote: (text: string) => void;
}

/** Looks for damage under the exclusive lock. Throws only when the repository cannot be opened; damage is in the report. */
export async function checkRepository(request: CheckRequest, caller: CheckCaller): Promise<CheckReport> {
  const read = subsetOf(request);
  await using cache = await cacheFor(request, caller);
  const need = {
    lock: "exclusive",
    mayGoWithout: true,
    ...(request.configured === undefined ? {} : { configured: request.configured }),
  } as const;
  if (request.access.useLock) caller.onNote("create exclusive lock for repository");
  return await withRepository({ ...request.access, ...cache.access }, caller, need, async (repo, signal) => {
    return check(
      repo,
      { read, wants: await wantsOf(repo, request) },
      { signal, emit: caller.emit, onFinding: caller.onFinding, workers: Math.min(availableParallelism(), WORKERS_MAX) },
    );
  });
}

/** Undefined for all. Snapshots that were named are taken by name alone; whether they can be read is what is to be found out. */
async function wantsOf(repo: Repository, { names, snapshots }: CheckRequest): Promise<((snapshot: StoredSnapshot) => boolean) | undefined> {
  if (names.length > 0) {
    const ids = new Set<string>();
    for (const name of names) ids.add(await idOf(repo, name, snapshots));
    return ({ id }) => ids.has(id);
  }
  const { hosts, tags, paths } = snapshots;
  return hosts.length + tags.length + paths.length > 0 ? (snapshot) => matchesFilter(snapshot, snapshots) : undefined;
}

async function idOf(repo: Repository, name: string, filter: SnapshotFilter): Promise<string> {
  if (!isLatest(name)) return findFile<"snapshot">(repo, "snapshots", name);
  // What cannot be read is among the findings in any case.
  return (await findSnapshot(repo, name, filter, { onError: () => undefined })).id;
}

function subsetOf({ readData, readDataSubset }: CheckRequest): Subset | undefined {
  if (readData && readDataSubset !== undefined) {
    throw new FirnError({ code: "usage", message: "--read-data and --read-data-subset cannot be used together", hint: "drop one of them" });
  }
  if (readDataSubset !== undefined) return parseSubset(readDataSubset);
  return readData ? { kind: "all" } : undefined;
}

interface CheckCache extends AsyncDisposable {
  readonly access: Partial<Access>;
}

/** The usual cache would hide damage in the repository, so a check has one of its own that starts empty, unless it is told otherwise. */
async function cacheFor({ access, withCache }: CheckRequest, caller: CheckCaller): Promise<CheckCache> {
  if (withCache || !access.useCache) return { access: {}, [Symbol.asyncDispose]: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), "firn-check-cache-"));
  caller.onNote(`using temporary cache in ${folder}`);
  return { access: { cacheDir: folder }, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
