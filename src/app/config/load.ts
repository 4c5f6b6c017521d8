import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { FirnError } from "../../base/error.ts";
import type { World } from "../../base/world.ts";
import type { Config } from "./config.ts";

/** What findConfig finds, or what holds without a file. */
export async function loadConfig(named: string | undefined, world: World): Promise<Config> {
  const found = await findConfig(named, world);
  if (found !== undefined) return found;
  const { defaultConfig } = await import("./config.ts");
  return defaultConfig();
}

/**
 * Reads `--config`, else `$FIRN_CONFIG`, else ./firn.yaml, else the user's firnline/firn.yaml. A named file must exist; the others may be
 * absent. What a configuration may say is loaded only with one (11 modules, 7 ms).
 */
export async function findConfig(named: string | undefined, world: World): Promise<Config | undefined> {
  const chosen = named ?? (world.env["FIRN_CONFIG"] || undefined);
  if (chosen !== undefined) {
    const text = await readIfThere(chosen);
    if (text === undefined)
      throw new FirnError({ code: "config", message: `${chosen}: no such file`, hint: "check --config or FIRN_CONFIG" });
    return read(text, chosen);
  }
  const home = world.env["HOME"] ?? homedir();
  for (const file of ["firn.yaml", join(world.env["XDG_CONFIG_HOME"] || join(home, ".config"), "firnline", "firn.yaml")]) {
    const text = await readIfThere(file, (facts) => refuseStrangers(file, facts, world));
    if (text !== undefined) return read(text, file);
  }
  return undefined;
}

async function read(text: string, file: string): Promise<Config> {
  const { readConfig } = await import("./read-config.ts");
  return readConfig(text, file);
}

const WRITABLE_BY_ANYBODY = 0o002;

/** A configuration may name a command to run, so one that merely lies where we stand must be our own or root's. */
function refuseStrangers(file: string, { uid, mode }: Stats, world: World): void {
  if ((uid === world.uid || uid === 0) && (mode & WRITABLE_BY_ANYBODY) === 0) return;
  throw new FirnError({
    code: "config",
    message: `${file} ${uid === world.uid || uid === 0 ? "can be changed by anybody" : "belongs to somebody else"}, so it is not used`,
    hint: `look at it, and name it with --config ${file} if you trust it`,
  });
}

async function readIfThere(file: string, examine: (facts: Stats) => void = () => undefined): Promise<string | undefined> {
  try {
    await using handle = await open(file);
    examine(await handle.stat());
    return await handle.readFile("utf8");
  } catch (error) {
    if (error instanceof FirnError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // Not passed over in silence: rules of recovery may stand in it.
    throw new FirnError({
      code: "config",
      message: `${file}: cannot be read: ${message}`,
      hint: "make it readable, or name another with --config; the user's own is looked for below XDG_CONFIG_HOME or HOME",
      cause: error,
    });
  }
}
