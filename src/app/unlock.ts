import { unlock } from "../repo/lock.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

/** Removes stale locks, or all; how many. */
export function unlockRepository(access: Access, caller: Caller, removeAll: boolean): Promise<number> {
  return withRepository(access, caller, { lock: "none" }, (repo) => unlock(repo, { removeAll }));
}
