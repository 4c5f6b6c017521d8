import { FirnError } from "../base/error.ts";
import { createRepository } from "../repo/create.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import { configuredAccess } from "./config/configured-access.ts";
import { newPassword } from "./new-password.ts";
import { resolvePassword } from "./password.ts";
import { openSource, type SourceAccess } from "./source-repository.ts";
import { type Caller, compressionOf, openStoreFromAccess, packSizeOf } from "./open-repository.ts";

export interface Initialized {
  readonly id: string;
  readonly location: string;
  readonly version: 1 | 2;
}

export interface InitWish {
  readonly version: 1 | 2;
  /** The repository whose chunker parameters are taken over, so that data copied between the two is stored once. */
  readonly copyChunkerFrom?: SourceAccess | undefined;
}

/** Creates a repository at the location that flags, environment and configuration name. */
export async function init(access: Access, caller: Caller, wish: InitWish, given?: ConfiguredAccess): Promise<Initialized> {
  const { version, copyChunkerFrom } = wish;
  const configured = given ?? (await configuredAccess(access, caller.world));
  const polynomial = copyChunkerFrom === undefined ? undefined : await polynomialOf(copyChunkerFrom, access, caller);
  const store = await openStoreFromAccess(access, caller, configured);
  try {
    const repo = await createRepository(store, {
      version,
      polynomial,
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

async function polynomialOf(source: SourceAccess, access: Access, caller: Caller): Promise<bigint> {
  const repo = await openSource(source, access, caller);
  await repo.close();
  return repo.config.polynomial;
}

/** `--repository-version`: a number, or restic's words for the newest and the default one. */
export function parseRepositoryVersion(text: string): 1 | 2 {
  if (text === "1") return 1;
  if (text === "2" || text === "latest" || text === "stable") return 2;
  throw new FirnError({ code: "usage", message: `--repository-version: ${JSON.stringify(text)} is unknown`, hint: "use 1 or 2" });
}
