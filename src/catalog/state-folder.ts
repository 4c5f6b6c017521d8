import { join } from "node:path";
import { FirnError } from "../base/error.ts";
import type { World } from "../base/world.ts";

/** Where local state of a repository lives: flag, then environment, then the user's state folder. */
export function stateFolder(world: World, repositoryId: string, flag?: string): string {
  const { env } = world;
  const chosen =
    flag ?? (env["FIRN_STATE_DIR"] || undefined) ?? (env["XDG_STATE_HOME"] ? join(env["XDG_STATE_HOME"], "firnline") : undefined);
  const root = chosen ?? (env["HOME"] ? join(env["HOME"], ".local", "state", "firnline") : undefined);
  if (root === undefined) {
    throw new FirnError({
      code: "no-state-folder",
      message: "no place to keep the journal of paid actions: neither XDG_STATE_HOME nor HOME is set",
      hint: "give one with --state-dir",
    });
  }
  return join(root, repositoryId);
}
