import type { World } from "../../base/world.ts";
import { type Access, type ConfiguredAccess, NOTHING_CONFIGURED } from "../access.ts";
import type { Config } from "./config.ts";
import { findConfig } from "./load.ts";

/** What firn.yaml says about reaching the repository, for commands that need nothing else of it. */
export async function configuredAccess(access: Access, world: World): Promise<ConfiguredAccess> {
  const config = await findConfig(access.configFile, world);
  return config === undefined ? NOTHING_CONFIGURED : accessOf(config);
}

export function accessOf(config: Config): ConfiguredAccess {
  const { repository, passwordFile, passwordCommand, storageOptions } = config;
  return { repository, passwordFile, passwordCommand, storageOptions };
}
