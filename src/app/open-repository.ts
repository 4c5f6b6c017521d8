import { FirnError } from "../base/error.ts";
import { PACK_SIZE_DEFAULT_MIB, PACK_SIZE_MAX_MIB, PACK_SIZE_MIN_MIB, PASSWORD_TRIES } from "../base/limits.ts";
import type { World } from "../base/world.ts";
import type { OpenedRepository } from "../repo/opened-repository.ts";
import type { Compression } from "../repo/repository.ts";
import { openCache } from "../repo/cache.ts";
import { openRepository } from "../repo/open.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { openStore } from "../store/open-store.ts";
import type { Charge } from "../store/wrap/charges.ts";
import type { Access, ConfiguredAccess } from "./access.ts";
import { configuredAccess } from "./config/configured-access.ts";
import { resolveLocation } from "./location.ts";
import { type AskPassword, resolvePassword } from "./password.ts";

/** What opening a repository needs from the door. */
export interface Caller {
  readonly world: World;
  readonly signal: AbortSignal;
  readonly askPassword: AskPassword;
  /** Somebody is there to type a wrong password once more. */
  readonly canRetype?: boolean;
  /** Told in a line why nothing seems to happen: a call to the store is tried again. */
  readonly notice?: (text: string) => void;
}

/** What to tell of every attempt at a call, once it is known where the repository is. */
export type ChargeAt = (location: string) => Charge;

/** Opens the repository that flags, environment and firn.yaml (read here unless it was given) point at. The caller closes it. */
export async function openFromAccess(
  access: Access,
  caller: Caller,
  given?: ConfiguredAccess,
  chargeAt?: ChargeAt,
): Promise<OpenedRepository> {
  const configured = given ?? (await configuredAccess(access, caller.world));
  const store = await openStoreFromAccess(access, caller, configured, chargeAt);
  let asked = 0;
  const ask: AskPassword = (prompt) => {
    asked++;
    return caller.askPassword(prompt);
  };
  try {
    return await openRepository(store, {
      world: caller.world,
      password: () => resolvePassword(access, configured, caller.world, ask),
      onWrongPassword: () => {
        if (caller.canRetype !== true || asked === 0 || asked >= PASSWORD_TRIES) return false;
        caller.notice?.("wrong password, try again");
        return true;
      },
      keyHint: access.keyHint ?? caller.world.env["RESTIC_KEY_HINT"],
      cache: access.useCache ? openCache(access.cacheDir, caller.world) : undefined,
      compression: compressionOf(access, caller.world),
      packSizeMib: packSizeOf(access, caller.world),
      extraVerify: access.extraVerify,
      signal: caller.signal,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

export async function openStoreFromAccess(
  access: Access,
  caller: Caller,
  given?: ConfiguredAccess,
  chargeAt?: ChargeAt,
): Promise<ObjectStore> {
  const configured = given ?? (await configuredAccess(access, caller.world));
  const location = await resolveLocation(access, configured, caller.world);
  return openStore(
    location,
    {
      backendOptions: { ...configured.storageOptions, ...access.backendOptions },
      limitUploadKib: access.limitUploadKib,
      limitDownloadKib: access.limitDownloadKib,
      caCert: access.caCert ?? caller.world.env["RESTIC_CACERT"],
      tlsClientCert: access.tlsClientCert ?? caller.world.env["RESTIC_TLS_CLIENT_CERT"],
      insecureTls: access.insecureTls,
      idleTimeoutMs: access.stuckRequestMs,
      userAgent: access.userAgent,
      machineTime: () => Date.now(),
      charge: chargeAt?.(location),
      onRetry: ({ error, delayMs }) => caller.notice?.(`${error.message}; trying again in ${Math.ceil(delayMs / 1000)} s`),
    },
    caller.world,
  );
}

const MODES: readonly Compression[] = ["auto", "off", "fastest", "better", "max"];

export function compressionOf(access: Access, world: World): Compression {
  const text = access.compression ?? world.env["RESTIC_COMPRESSION"] ?? "auto";
  const mode = MODES.find((candidate) => candidate === (text === "" ? "auto" : text));
  if (mode === undefined)
    throw new FirnError({
      code: "usage",
      message: `--compression: ${JSON.stringify(text)} is unknown`,
      hint: `use one of ${MODES.join(", ")}`,
    });
  return mode;
}

export function packSizeOf(access: Access, world: World): number {
  const size = access.packSizeMib ?? Number(world.env["RESTIC_PACK_SIZE"] || PACK_SIZE_DEFAULT_MIB);
  if (Number.isInteger(size) && size >= PACK_SIZE_MIN_MIB && size <= PACK_SIZE_MAX_MIB) return size;
  throw new FirnError({
    code: "usage",
    message: `--pack-size: ${size} MiB is out of range`,
    hint: `use a whole number from ${PACK_SIZE_MIN_MIB} to ${PACK_SIZE_MAX_MIB}`,
  });
}
