import { CorruptError, messageOf } from "../base/error.ts";
import type { LockId } from "../base/id.ts";
import { LOCK_SCAN_PAUSES_MS, LOCK_STALE_MS } from "../base/limits.ts";
import { msOf } from "../base/time.ts";
import type { World } from "../base/world.ts";
import { pathOf } from "../format/file-kind.ts";
import { decodeLock, encodeLock, type LockInfo } from "../format/lock-codec.ts";
import { isStoreError } from "../store/store-error.ts";
import type { Repository } from "./repository.ts";

export interface StoredLock {
  readonly id: LockId;
  /** Undefined when the file cannot be read; see `error`. */
  readonly info: LockInfo | undefined;
  readonly error: unknown;
}

export async function writeLock(repo: Repository, exclusive: boolean): Promise<LockId> {
  const { world } = repo;
  const ns = world.clock.nowNs();
  const info: LockInfo = {
    time: { ns, offset: world.zoneOffset(ns) },
    exclusive,
    hostname: world.hostname,
    username: world.username,
    pid: world.pid,
    uid: world.uid,
    gid: world.gid,
  };
  return repo.saveUnpacked<"lock">("locks", encodeLock(info));
}

/** All lock files but those of `except`. Empty ones (an interrupted write of a careless store) and those that vanish meanwhile do not count. */
export async function scanLocks(repo: Repository, except: ReadonlySet<LockId> = new Set()): Promise<StoredLock[]> {
  const found: StoredLock[] = [];
  for await (const { id, size } of repo.list<"lock">("locks")) {
    if (size === 0 || except.has(id)) continue;
    try {
      found.push({ id, info: decodeLock(await repo.loadUnpacked("locks", id), pathOf("locks", id)), error: undefined });
    } catch (error) {
      if (!isStoreError(error, "not-found")) found.push({ id, info: undefined, error });
    }
  }
  return found;
}

/** As scanLocks, but an unreadable file is given time to become readable; whose it is cannot be guessed (restic-format §5). */
export async function readLocks(repo: Repository, except: ReadonlySet<LockId>, signal?: AbortSignal): Promise<readonly HeldLock[]> {
  for (const pause of [...LOCK_SCAN_PAUSES_MS, undefined]) {
    const locks = await scanLocks(repo, except);
    const broken = locks.find((lock) => lock.info === undefined);
    if (broken === undefined) return locks.filter((lock): lock is HeldLock => lock.info !== undefined);
    if (pause === undefined) throw unreadable(broken);
    await repo.world.clock.sleep(pause, signal);
  }
  return [];
}

export interface HeldLock extends StoredLock {
  readonly info: LockInfo;
}

function unreadable(lock: StoredLock): Error {
  return new CorruptError({
    object: pathOf("locks", lock.id),
    check: lock.error instanceof CorruptError ? lock.error.check : messageOf(lock.error),
    hint: "when no other program uses the repository, remove it with `firn unlock --remove-all`",
    cause: lock.error,
  });
}

/** Older than half an hour, or held by a process of this machine that is gone (§5). */
export function isStale(info: LockInfo, world: World): boolean {
  if (world.clock.now() - msOf(info.time) > LOCK_STALE_MS) return true;
  return info.hostname === world.hostname && !world.isProcessAlive(info.pid);
}
