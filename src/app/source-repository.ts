import type { World } from "../base/world.ts";
import type { OpenedRepository } from "../repo/opened-repository.ts";
import { FirnError } from "../base/error.ts";
import { type Access, NOTHING_CONFIGURED } from "./access.ts";
import { type Caller, openFromAccess } from "./open-repository.ts";

/** A second repository, to take something over from; restic's `--from-…` flags. */
export interface SourceAccess {
  readonly repo: string | undefined;
  readonly repositoryFile: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: string | undefined;
  readonly insecureNoPassword: boolean;
  readonly keyHint: string | undefined;
}

/** Opens it as any other, with RESTIC_FROM_… in the places of RESTIC_…; how to get there (limits, certificates) is shared. */
export async function openSource(source: SourceAccess, access: Access, caller: Caller): Promise<OpenedRepository> {
  const env = { ...caller.world.env };
  for (const name of ["REPOSITORY", "REPOSITORY_FILE", "PASSWORD", "PASSWORD_FILE", "PASSWORD_COMMAND", "KEY_HINT"]) {
    env[`RESTIC_${name}`] = env[`RESTIC_FROM_${name}`];
  }
  if (!source.repo && !source.repositoryFile && !env["RESTIC_REPOSITORY"] && !env["RESTIC_REPOSITORY_FILE"]) {
    throw new FirnError({
      code: "no-location",
      message: "no repository to copy from was named",
      hint: "give it with --from-repo, --from-repository-file or RESTIC_FROM_REPOSITORY",
    });
  }
  const world: World = { ...caller.world, env };
  const askPassword = (prompt: string): Promise<string | undefined> =>
    caller.askPassword(prompt.replace("repository", "source repository"));
  return openFromAccess({ ...access, ...source, packSizeMib: undefined }, { ...caller, world, askPassword }, NOTHING_CONFIGURED);
}
