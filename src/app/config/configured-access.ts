import type { World } from "../../base/world.ts";
import type { Access, ConfiguredAccess } from "../access.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";

/** What firn.yaml says about reaching the repository, for commands that need nothing else of it. */
export async function configuredAccess(access: Access, world: World): Promise<ConfiguredAccess> {
  return accessOf(await loadConfig(access.configFile, world));
}

export function accessOf(config: Config): ConfiguredAccess {
  const { repository, passwordFile, passwordCommand, storageOptions } = config;
  return { repository, passwordFile, passwordCommand, storageOptions };
}
