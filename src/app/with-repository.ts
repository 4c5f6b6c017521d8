import type { OpenedRepository } from "../repo/opened-repository.ts";
import { acquireLock, LockedError, type LockOptions, type PlacedLock, placeLock } from "../repo/lock.ts";
import { openCache } from "../repo/cache.ts";
import { isStoreError, type StoreError } from "../store/store-error.ts";
import { FirnError } from "../base/error.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import { type Caller, type ChargeAt, openFromAccess } from "./open-repository.ts";

export interface Need {
  readonly lock: "none" | "shared" | "exclusive";
  /** `--no-lock` is honoured: the command only reads, or only pretends. */
  readonly mayGoWithout?: boolean;
  readonly configured?: ConfiguredAccess | undefined;
  readonly chargeAt?: ChargeAt | undefined;
}

/**
 * Opens the repository, takes the lock a use case needs, runs it, gives both back whatever happens. `signal` is aborted by ctrl-C and
 * when the lock is lost.
 */
export async function withRepository<T>(
  access: Access,
  caller: Caller,
  need: Need,
  run: (repo: OpenedRepository, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (access.cleanupCache) await openCache(access.cacheDir, caller.world).cleanUp();
  const repo = await openFromAccess(access, caller, need.configured, need.chargeAt);
  try {
    if (need.lock === "none" || (need.mayGoWithout === true && !access.useLock)) return await run(repo, caller.signal);
    const options: LockOptions = {
      exclusive: need.lock === "exclusive",
      retryLockMs: access.retryLockMs,
      onWait: ({ message }) => caller.notice?.(`${message}; waiting for it`),
      signal: caller.signal,
    };
    const explain = (error: unknown): never => {
      throw need.mayGoWithout === true ? withWayOut(error) : error;
    };
    // Who only reads or pretends may begin under either lock.
    if ((need.lock === "shared" || need.mayGoWithout === true) && access.retryLockMs === 0) {
      await using lock = await placeLock(repo, options).catch(explain);
      return await runWhileSettling(repo, lock, need, run);
    }
    await using lock = await acquireLock(repo, options).catch(explain);
    return await run(repo, lock.signal);
  } finally {
    await repo.close();
  }
}

/** The command begins while the lock settles (0.2 s); it changes nothing before, and what it found counts only after. */
async function runWhileSettling<T>(
  repo: OpenedRepository,
  lock: PlacedLock,
  need: Need,
  run: (repo: OpenedRepository, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const exclusive = need.lock === "exclusive";
  const held = repo.holdWrites(lock.settled, exclusive || need.mayGoWithout !== true);
  try {
    const result = await run(repo, lock.signal);
    await lock.confirm();
    // A check that read in the midst of a prune would tell of damage that is none.
    if (exclusive) await held();
    return result;
  } catch (error) {
    throw lock.signal.reason instanceof LockedError ? lock.signal.reason : error;
  }
}

/** Who may only read cannot leave a lock either. */
function withWayOut(error: unknown): unknown {
  if (!isStoreError(error, "access-denied") && !isStoreError(error, "read-only")) return error;
  const { message } = error as StoreError;
  return new FirnError({
    code: "access-denied",
    message: `cannot lock the repository: ${message}`,
    hint: "add --no-lock to read without one",
    cause: error,
  });
}
