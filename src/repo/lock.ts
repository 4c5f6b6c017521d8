import { EXIT, FirnError, messageOf } from "../base/error.ts";
import type { LockId } from "../base/id.ts";
import {
  LOCK_REFRESH_GIVE_UP_MS,
  LOCK_REFRESH_MS,
  LOCK_RELEASE_MAX_MS,
  LOCK_RETRY_CEILING_MS,
  LOCK_RETRY_FIRST_MS,
  LOCK_SETTLE_MS,
  LOCK_TICK_MS,
} from "../base/limits.ts";
import { msOf } from "../base/time.ts";
import type { World } from "../base/world.ts";
import { pathOf } from "../format/file-kind.ts";
import type { LockInfo } from "../format/lock-codec.ts";
import { type HeldLock, isStale, readLocks, scanLocks, writeLock } from "./lock-files.ts";
import type { Repository } from "./repository.ts";

export interface LockOptions {
  readonly exclusive: boolean;
  /** Go on trying for so long while somebody else holds the repository. */
  readonly retryLockMs?: number;
  /** Told once who is waited for. */
  readonly onWait?: ((error: LockedError) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told once when the lock is lost; `signal` is aborted at the same moment. */
  readonly onLost?: (error: Error) => void;
}

/** A held lock. Released by `await using`, also after an abort. */
export interface Lock extends AsyncDisposable {
  /** Aborted when the caller's signal is, and when the lock is lost: whatever relies on the lock must stop then. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

export class LockedError extends FirnError {
  readonly holder: LockInfo;

  constructor(holder: LockInfo, world: World) {
    const minutes = Math.max(0, Math.round((world.clock.now() - msOf(holder.time)) / 60_000));
    const how = holder.exclusive ? "exclusively " : "";
    const stale = isStale(holder, world);
    super({
      code: "locked",
      message: `the repository is locked ${how}by ${holder.username} on ${holder.hostname} (process ${holder.pid}) since ${clockText(holder)}, ${minutes} min ago`,
      hint: stale
        ? "that process is gone or silent for over half an hour: `firn unlock` removes its lock"
        : "wait for it to finish, or keep trying with --retry-lock 10m",
      exitCode: EXIT.locked,
    });
    this.holder = holder;
  }
}

function clockText(info: LockInfo): string {
  const local = new Date(msOf(info.time) + info.time.offset * 1000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)}`;
}

export class LockLostError extends FirnError {
  constructor(why: string) {
    super({
      code: "lock-lost",
      message: `the lock on the repository was lost: ${why}`,
      hint: "nothing is damaged; run the command again",
      exitCode: EXIT.error,
    });
  }
}

/** Locks, calls, unlocks. `run` is given the signal to stop on. */
export async function withLock<T>(repo: Repository, options: LockOptions, run: (lock: Lock) => Promise<T>): Promise<T> {
  await using lock = await acquireLock(repo, options);
  return await run(lock);
}

/** restic's protocol (§5): look, write, wait, look again. Throws LockedError (exit code 11) when somebody else is there. */
export async function acquireLock(repo: Repository, options: LockOptions): Promise<Lock> {
  const { clock } = repo.world;
  const until = clock.now() + (options.retryLockMs ?? 0);
  let pause = LOCK_RETRY_FIRST_MS;
  let told = false;
  for (;;) {
    try {
      return new RefreshedLock(repo, options, await tryLock(repo, options));
    } catch (error) {
      if (!(error instanceof LockedError) || clock.now() >= until) throw error;
      if (!told) options.onWait?.(error);
      told = true;
    }
    await clock.sleep(Math.min(pause, until - clock.now()), options.signal);
    pause = Math.min(pause * 2, LOCK_RETRY_CEILING_MS);
  }
}

async function tryLock(repo: Repository, options: LockOptions): Promise<LockId> {
  const own = await writeLockAfterLook(repo, options);
  try {
    await repo.world.clock.sleep(LOCK_SETTLE_MS, options.signal);
    await lookAgain(repo, options, own);
    return own;
  } catch (error) {
    await removeQuietly(repo, [own]);
    throw error;
  }
}

async function writeLockAfterLook(repo: Repository, options: LockOptions): Promise<LockId> {
  options.signal?.throwIfAborted();
  refuseConflict(await readLocks(repo, new Set(), options.signal), options.exclusive, repo.world);
  return writeLock(repo, options.exclusive);
}

async function lookAgain(repo: Repository, options: LockOptions, own: LockId): Promise<void> {
  refuseConflict(await readLocks(repo, new Set([own]), options.signal), options.exclusive, repo.world);
}

/** A lock that is written and may still have to give way to another; see placeLock. */
export interface PlacedLock extends Lock {
  /** Resolves when the lock holds; rejects, and `signal` is aborted, when somebody else was there at the same moment. */
  readonly settled: Promise<void>;
  /** Looks again now rather than when the time to settle is over, for whoever is done with reading by then. */
  confirm(): Promise<void>;
}

/**
 * As acquireLock, but does not wait for the lock to settle: that happens beside the caller's work. Until it has settled nothing may be
 * changed, and nothing that was read counts; an index that was read has to be confirmed (docs/decisions/locks-settle-beside.md). Who looks
 * at the end of a short command need not wait: the other one, whose lock is not to be seen yet, will see ours or finds that we are done.
 */
export async function placeLock(repo: Repository, options: LockOptions): Promise<PlacedLock> {
  return new SettlingLock(repo, options, await writeLockAfterLook(repo, options));
}

function refuseConflict(others: readonly HeldLock[], exclusive: boolean, world: World): void {
  const conflict = others.find((other) => exclusive || other.info.exclusive);
  if (conflict !== undefined) throw new LockedError(conflict.info, world);
}

/** Bounded, because it also runs after ctrl-C; what stays behind is stale in half an hour at most. */
async function removeQuietly(repo: Repository, ids: Iterable<LockId>): Promise<void> {
  const timeout = new AbortController();
  const cancel = repo.world.clock.alarm(LOCK_RELEASE_MAX_MS, () => timeout.abort(new Error("unlocking took too long")));
  try {
    for (const id of ids) await repo.store.delete(pathOf("locks", id), { signal: timeout.signal });
  } catch {
    // The lock goes stale by itself.
  } finally {
    cancel();
  }
}

class RefreshedLock implements Lock {
  readonly signal: AbortSignal;
  readonly #repo: Repository;
  readonly #options: LockOptions;
  readonly #lost = new AbortController();
  #own: LockId;
  #refreshedAt: number;
  #cancelTick: () => void = () => undefined;
  #refreshing: Promise<void> | undefined;
  #released: Promise<void> | undefined;

  constructor(repo: Repository, options: LockOptions, own: LockId) {
    this.#repo = repo;
    this.#options = options;
    this.#own = own;
    this.#refreshedAt = repo.world.clock.now();
    this.signal = options.signal === undefined ? this.#lost.signal : AbortSignal.any([options.signal, this.#lost.signal]);
    this.#arm();
  }

  release(): Promise<void> {
    this.#released ??= this.#releaseOnce();
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #releaseOnce(): Promise<void> {
    this.#cancelTick();
    await this.#refreshEnds();
    await removeQuietly(this.#repo, [this.#own]);
  }

  /** Bounded like the removal: a store that does not answer must not keep ctrl-C waiting. */
  async #refreshEnds(): Promise<void> {
    if (this.#refreshing === undefined) return;
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const cancel = this.#repo.world.clock.alarm(LOCK_RELEASE_MAX_MS, resolve);
    await Promise.race([this.#refreshing, patience]);
    cancel();
  }

  /** Ticks more often than it refreshes: after the machine slept, the clock has jumped and the next tick must notice soon. */
  #arm(): void {
    this.#cancelTick = this.#repo.world.clock.alarm(LOCK_TICK_MS, () => {
      this.#watch();
      if (this.#released === undefined && !this.#lost.signal.aborted) this.#arm();
    });
  }

  /** A refresh still under way when it is high time counts as failed: soon others may think the lock stale. */
  #watch(): void {
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#tick().finally(() => (this.#refreshing = undefined));
    } else if (this.#repo.world.clock.now() - this.#refreshedAt >= LOCK_REFRESH_GIVE_UP_MS) {
      this.lose(new LockLostError("the store does not answer, so it could not be refreshed"));
    }
  }

  async #tick(): Promise<void> {
    const silent = this.#repo.world.clock.now() - this.#refreshedAt;
    if (silent < LOCK_REFRESH_MS) return;
    try {
      if (silent < LOCK_REFRESH_GIVE_UP_MS) await this.#replace();
      else await this.#reclaim();
    } catch (error) {
      if (error instanceof LockLostError) this.lose(error);
      else if (silent >= LOCK_REFRESH_GIVE_UP_MS) this.lose(new LockLostError(`it could not be refreshed: ${messageOf(error)}`));
      // Otherwise the next tick tries again; there is time until others may think it stale.
    }
  }

  /** A new file first, then the old one goes: there is always one. */
  async #replace(): Promise<void> {
    const old = this.#own;
    this.#own = await writeLock(this.#repo, this.#options.exclusive);
    this.#refreshedAt = this.#repo.world.clock.now();
    await removeQuietly(this.#repo, [old]);
  }

  /** So long silent that somebody may have removed the lock as stale and be at work: only if it still stands is it ours. */
  async #reclaim(): Promise<void> {
    const old = this.#own;
    const { clock } = this.#repo.world;
    if (!(await this.#stands(old))) throw new LockLostError("it was not refreshed for too long and somebody removed it");
    const fresh = await writeLock(this.#repo, this.#options.exclusive);
    await clock.sleep(LOCK_SETTLE_MS);
    if (!(await this.#stands(old))) {
      await removeQuietly(this.#repo, [fresh]);
      throw new LockLostError("it was not refreshed for too long and somebody removed it");
    }
    this.#own = fresh;
    this.#refreshedAt = clock.now();
    await removeQuietly(this.#repo, [old]);
  }

  async #stands(id: LockId): Promise<boolean> {
    return (await this.#repo.store.head(pathOf("locks", id))) !== undefined;
  }

  /** Everybody who relies on the lock has to stop. */
  protected lose(error: unknown): void {
    if (this.#lost.signal.aborted) return;
    this.#cancelTick();
    this.#lost.abort(error);
    if (error instanceof LockLostError) this.#options.onLost?.(error);
  }
}

class SettlingLock extends RefreshedLock implements PlacedLock {
  readonly settled: Promise<void>;
  readonly #enough = Promise.withResolvers<void>();
  readonly #ended = new AbortController();

  constructor(repo: Repository, options: LockOptions, own: LockId) {
    super(repo, options, own);
    this.settled = this.#settle(repo, options, own);
    this.settled.catch((error: unknown) => this.lose(error));
  }

  confirm(): Promise<void> {
    this.#enough.resolve();
    return this.settled;
  }

  override release(): Promise<void> {
    this.#ended.abort(new Error("the lock was released before it had settled"));
    return super.release();
  }

  async #settle(repo: Repository, options: LockOptions, own: LockId): Promise<void> {
    const { signal } = this.#ended;
    const time = repo.world.clock.sleep(LOCK_SETTLE_MS, options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]));
    await Promise.race([time, this.#enough.promise]);
    // The sleep that lost the race ends with the lock.
    time.catch(() => undefined);
    await lookAgain(repo, options, own);
  }
}

/** Removes stale locks, or all of them; returns how many. Unreadable ones go only with all. */
export async function unlock(repo: Repository, options: { readonly removeAll: boolean }): Promise<number> {
  let removed = 0;
  for (const lock of await scanLocks(repo)) {
    if (!options.removeAll && (lock.info === undefined || !isStale(lock.info, repo.world))) continue;
    await repo.removeFile("locks", lock.id);
    removed++;
  }
  return removed;
}
