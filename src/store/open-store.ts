import { resolve } from "node:path";
import { FirnError } from "../base/error.ts";
import { LOCAL_CONNECTIONS } from "../base/limits.ts";
import type { World } from "../base/world.ts";
import { openLocal } from "./local.ts";
import type { ObjectStore } from "./object-store.ts";
import { connectionsOf, s3OptionsOf, type HttpOptions } from "./s3/options.ts";
import { type Charge, withCharges } from "./wrap/charges.ts";
import { withLimits } from "./wrap/limit.ts";
import { type Retrying, withRetry } from "./wrap/retry.ts";

export interface StoreOptions extends HttpOptions {
  /** `-o key=value`, keys in lower case. */
  readonly backendOptions?: Readonly<Record<string, string>> | undefined;
  readonly limitUploadKib?: number | undefined;
  readonly limitDownloadKib?: number | undefined;
  /** Told before each repetition of a failed call, so that a person learns why nothing seems to happen. */
  readonly onRetry?: ((retrying: Retrying) => void) | undefined;
  /** Told of every attempt before it is made; throwing stops it. */
  readonly charge?: Charge | undefined;
}

/** Schemes restic knows and this version does not. */
const LATER = ["sftp", "rest", "rclone", "b2", "azure", "gs", "swift"];

/** Opens the store a location names, with limits and retries around it. Nothing is sent before the first call. */
export async function openStore(location: string, options: StoreOptions, world: World): Promise<ObjectStore> {
  const bare = await openBare(location, options, world);
  // A folder sends no bill.
  const billed = options.charge !== undefined && bare.capabilities.storageClasses;
  const store = billed ? withCharges(bare, world.clock, options.charge, s3OptionsOf(options.backendOptions ?? {}).storageClass) : bare;
  const limits = { uploadKib: options.limitUploadKib || undefined, downloadKib: options.limitDownloadKib || undefined };
  return withRetry(withLimits(store, limits, world), world, { onRetry: options.onRetry });
}

async function openBare(location: string, options: StoreOptions, world: World): Promise<ObjectStore> {
  const scheme = /^([a-z0-9]+):/.exec(location)?.[1];
  if (scheme === "s3") {
    const { openS3 } = await import("./s3/open.ts");
    return openS3(location, options, world);
  }
  if (scheme !== undefined && LATER.includes(scheme)) {
    throw new FirnError({
      code: "invalid-location",
      // What follows the scheme may hold a password.
      message: `${scheme}: repositories are not in this version`,
      hint: "use a folder or s3:host/bucket/prefix",
    });
  }
  const path = scheme === "local" ? location.slice("local:".length) : location;
  if (path === "") throw new FirnError({ code: "invalid-location", message: "the repository's location is empty", hint: "name a folder" });
  const connections = connectionsOf("local.connections", options.backendOptions?.["local.connections"], LOCAL_CONNECTIONS);
  return openLocal(resolve(path), world, { connections });
}
