import { FirnError } from "../base/error.ts";
import { createRepository } from "../repo/create.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import { configuredAccess } from "./config/configured-access.ts";
import { newPassword } from "./new-password.ts";
import { resolvePassword } from "./password.ts";
import { type Caller, compressionOf, openStoreFromAccess, packSizeOf } from "./open-repository.ts";

export interface Initialized {
  readonly id: string;
  readonly location: string;
  readonly version: 1 | 2;
}

/** Creates a repository at the location that flags, environment and configuration name. */
export async function init(access: Access, caller: Caller, version: 1 | 2, given?: ConfiguredAccess): Promise<Initialized> {
  const configured = given ?? (await configuredAccess(access, caller.world));
  const store = await openStoreFromAccess(access, caller, configured);
  try {
    const repo = await createRepository(store, {
      version,
      world: caller.world,
      password: () => resolvePassword(access, configured, caller.world, (prompt) => newPassword(caller.askPassword, prompt)),
      compression: compressionOf(access, caller.world),
      packSizeMib: packSizeOf(access, caller.world),
      extraVerify: access.extraVerify,
      signal: caller.signal,
    });
    return { id: repo.config.id, location: store.location, version };
  } finally {
    await store.close();
  }
}

/** `--repository-version`: a number, or restic's words for the newest and the default one. */
export function parseRepositoryVersion(text: string): 1 | 2 {
  if (text === "1") return 1;
  if (text === "2" || text === "latest" || text === "stable") return 2;
  throw new FirnError({ code: "usage", message: `--repository-version: ${JSON.stringify(text)} is unknown`, hint: "use 1 or 2" });
}
