import { toHex } from "../base/bytes.ts";
import { FirnError } from "../base/error.ts";
import type { ScryptParams } from "../kernel/scrypt.ts";
import { encodeConfig } from "../format/config-codec.ts";
import { CONFIG_PATH, type FileKind, prefixOf } from "../format/file-kind.ts";
import { sealBox } from "../kernel/box.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import { randomPolynomial } from "../kernel/polynomial.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { saveKey } from "./keys.ts";
import { assemble, type OpenOptions } from "./open.ts";
import type { OpenedRepository } from "./opened-repository.ts";
import type { RepoConfig } from "./repository.ts";

export interface CreateOptions extends OpenOptions {
  readonly version: 1 | 2;
  /** Taken over from another repository, so that data copied between them is cut alike. */
  readonly polynomial?: bigint | undefined;
  /** Only tests want it cheap. */
  readonly kdf?: Omit<ScryptParams, "salt"> | undefined;
}

/** Makes a new repository: folders or bucket, key, and the config last, so that half a repository never looks like one (§1.2). */
export async function createRepository(store: ObjectStore, options: CreateOptions): Promise<OpenedRepository> {
  const { world } = options;
  await store.create({ signal: options.signal });
  await refuseExisting(store);
  const key: MasterKey = { encrypt: world.random(32), macK: world.random(16), macR: world.random(16) };
  const config: RepoConfig = {
    version: options.version,
    id: toHex(world.random(32)),
    polynomial: options.polynomial ?? randomPolynomial((length) => world.random(length)),
  };
  const keyId = await saveKey(store, world, key, { password: await options.password(), kdf: options.kdf });
  await store.put(CONFIG_PATH, sealBox(key, encodeConfig(config), world.random(16)), { onlyIfAbsent: true });
  return assemble(store, config, keyId, key, options);
}

async function refuseExisting(store: ObjectStore): Promise<void> {
  if ((await store.head(CONFIG_PATH)) !== undefined) throw exists(store, "it has a config file");
  if (await hasAny(store, "keys")) throw exists(store, "it has key files");
  if (await hasAny(store, "snapshots")) throw exists(store, "it has snapshots");
}

async function hasAny(store: ObjectStore, kind: FileKind): Promise<boolean> {
  for await (const _ of store.list(prefixOf(kind))) return true;
  return false;
}

function exists(store: ObjectStore, why: string): FirnError {
  return new FirnError({
    code: "repository-exists",
    message: `there is a repository at ${store.location} already: ${why}`,
    hint: "use it as it is, or choose another location",
  });
}
