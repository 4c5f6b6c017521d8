import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { FirnError } from "../../base/error.ts";
import type { World } from "../../base/world.ts";
import { type Config, defaultConfig, readConfig } from "./config.ts";

/** Reads `--config`, else `$FIRN_CONFIG`, else ./firn.yaml, else the user's firnline/firn.yaml. A named file must exist; the others may be absent. */
export async function loadConfig(named: string | undefined, world: World): Promise<Config> {
  const chosen = named ?? (world.env["FIRN_CONFIG"] || undefined);
  if (chosen !== undefined) {
    const text = await readIfThere(chosen);
    if (text === undefined)
      throw new FirnError({ code: "config", message: `${chosen}: no such file`, hint: "check --config or FIRN_CONFIG" });
    return readConfig(text, chosen);
  }
  const home = world.env["HOME"] ?? homedir();
  for (const file of ["firn.yaml", join(world.env["XDG_CONFIG_HOME"] || join(home, ".config"), "firnline", "firn.yaml")]) {
    const text = await readIfThere(file);
    if (text !== undefined) return readConfig(text, file);
  }
  return defaultConfig();
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
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
