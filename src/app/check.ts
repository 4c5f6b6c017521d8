import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { Listener } from "../base/event.ts";
import { FirnError } from "../base/error.ts";
import { WORKERS_MAX } from "../base/limits.ts";
import { check } from "../flow/check/check.ts";
import type { CheckReport, Finding } from "../flow/check/finding.ts";
import { parseSubset, type Subset } from "../flow/check/subset.ts";
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
  return await withRepository({ ...request.access, ...cache.access }, caller, need, (repo, signal) => {
    const { hosts, tags, paths } = request.snapshots;
    const limited = hosts.length + tags.length + paths.length > 0;
    return check(
      repo,
      { read, wants: limited ? (snapshot) => matchesFilter(snapshot, request.snapshots) : undefined },
      { signal, emit: caller.emit, onFinding: caller.onFinding, workers: Math.min(availableParallelism(), WORKERS_MAX) },
    );
  });
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
