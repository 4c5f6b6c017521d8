import type { Bytes } from "../base/bytes.ts";
import { CorruptError, EXIT, FirnError, messageOf } from "../base/error.ts";
import { asId, type KeyId } from "../base/id.ts";
import { MIB, PACK_SIZE_DEFAULT_MIB } from "../base/limits.ts";
import type { World } from "../base/world.ts";
import { decodeConfig } from "../format/config-codec.ts";
import { CONFIG_PATH } from "../format/file-kind.ts";
import { openBox } from "../kernel/box.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { isStoreError } from "../store/store-error.ts";
import type { CacheBase } from "./cache.ts";
import { type FoundKey, listKeys, searchKey, WrongPasswordError } from "./keys.ts";
import { OpenedRepository } from "./opened-repository.ts";
import type { Compression, RepoConfig } from "./repository.ts";

export interface RepositoryOptions {
  readonly world: World;
  readonly cache?: CacheBase | undefined;
  readonly compression?: Compression | undefined;
  readonly packSizeMib?: number | undefined;
  readonly extraVerify?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenOptions extends RepositoryOptions {
  /** Asked only when there is a repository. */
  readonly password: () => Promise<Bytes>;
  /** Id, or the beginning of one, of the key to try first. */
  readonly keyHint?: string | undefined;
  /** True when it is worth asking for the password once more. */
  readonly onWrongPassword?: (() => boolean) | undefined;
}

/** Opens a repository: config, then key. Exit code 10 when there is none, 12 when the password opens no key. */
export async function openRepository(store: ObjectStore, options: OpenOptions): Promise<OpenedRepository> {
  // Both at once: on a distant store each call in series costs a round trip.
  const keys = listKeys(store);
  keys.catch(() => undefined);
  const box = await readConfig(store);
  const { id, key } = await unlock(store, await keys, options);
  return assemble(store, openConfig(box, key), id, key, options);
}

async function unlock(store: ObjectStore, keys: readonly KeyId[], options: OpenOptions): Promise<FoundKey> {
  for (;;) {
    try {
      return await searchKey(store, keys, await options.password(), options.keyHint);
    } catch (error) {
      if (!(error instanceof WrongPasswordError) || options.onWrongPassword?.() !== true) throw error;
    }
  }
}

/** Puts an opened repository together from its parts. */
export async function assemble(
  store: ObjectStore,
  config: RepoConfig,
  keyId: KeyId,
  key: MasterKey,
  options: RepositoryOptions,
): Promise<OpenedRepository> {
  return new OpenedRepository({
    world: options.world,
    store,
    config,
    key,
    keyId: asId<"key">(keyId),
    cache: await options.cache?.forRepository(config.id),
    compression: options.compression ?? "auto",
    packSize: (options.packSizeMib ?? PACK_SIZE_DEFAULT_MIB) * MIB,
    extraVerify: options.extraVerify ?? true,
  });
}

async function readConfig(store: ObjectStore): Promise<Bytes> {
  try {
    return await store.get(CONFIG_PATH);
  } catch (cause) {
    if (!isStoreError(cause, "not-found")) throw cause;
    throw new FirnError({
      code: "no-repository",
      message: `there is no repository at ${store.location}: it has no config file`,
      hint: "check the location, or create a repository with `firn init`",
      exitCode: EXIT.noRepository,
      cause,
    });
  }
}

function openConfig(box: Bytes, key: MasterKey): RepoConfig {
  let plaintext: Bytes;
  try {
    plaintext = openBox(key, box);
  } catch (cause) {
    throw new CorruptError({
      object: CONFIG_PATH,
      check: messageOf(cause),
      hint: "put back a copy of this small file; only a change of the repository's version ever rewrites it",
      cause,
    });
  }
  return decodeConfig(plaintext);
}
