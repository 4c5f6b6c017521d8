import type { Bytes } from "../base/bytes.ts";
import { CorruptError, EXIT, FirnError, messageOf } from "../base/error.ts";
import { asId, type Id, isId, type KeyId } from "../base/id.ts";
import { KEY_TRIES_MAX } from "../base/limits.ts";
import type { World } from "../base/world.ts";
import { pathOf, prefixOf } from "../format/file-kind.ts";
import { decodeKeyFile, decodeMasterKey, encodeKeyFile, encodeMasterKey, type KeyFile } from "../format/key-file.ts";
import { assertValidKey, BoxError, openBox, sealBox } from "../kernel/box.ts";
import { sha256Hex } from "../kernel/hash.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import { deriveKey, NEW_KEY_PARAMS, SALT_LENGTH, type ScryptParams } from "../kernel/scrypt.ts";
import type { ObjectStore } from "../store/object-store.ts";

export class WrongPasswordError extends FirnError {
  constructor(tried: number) {
    super({
      code: "wrong-password",
      message: wrongPassword(tried),
      hint: "check the password's source; with many keys, name one with --key-hint",
      exitCode: EXIT.wrongPassword,
    });
  }
}

function wrongPassword(tried: number): string {
  if (tried === 0) return "the repository has no key files";
  return tried === 1 ? "wrong password: it does not open the repository's key" : `wrong password: it opens none of the ${tried} keys tried`;
}

export interface FoundKey {
  readonly id: KeyId;
  readonly key: MasterKey;
}

/** The master key behind the first of these key files that the password opens: the hinted one first, then up to 20 (restic-format §1.1). */
export async function searchKey(store: ObjectStore, ids: readonly KeyId[], password: Bytes, hint: string | undefined): Promise<FoundKey> {
  const hinted = hint === undefined || hint === "" ? [] : ids.filter((id) => id.startsWith(hint));
  const first = hinted.length === 1 ? hinted : [];
  const order = [...first, ...ids.filter((id) => !first.includes(id))].slice(0, KEY_TRIES_MAX);
  for (const id of order) {
    const key = await tryKey(store, id, password);
    if (key !== undefined) return { id, key };
  }
  throw new WrongPasswordError(order.length);
}

export async function listKeys(store: ObjectStore): Promise<KeyId[]> {
  const ids: KeyId[] = [];
  for await (const info of store.list(prefixOf("keys"), { namesOnly: true })) {
    const name = info.key.slice(prefixOf("keys").length);
    if (isId(name)) ids.push(asId<"key">(name));
  }
  return ids.sort();
}

/** Undefined when the password is not this key's; any other trouble throws. */
async function tryKey(store: ObjectStore, id: KeyId, password: Bytes): Promise<MasterKey | undefined> {
  const file = await loadKeyFile(store, id);
  let plaintext: Bytes;
  try {
    plaintext = openBox(await deriveKey(password, file), file.data);
  } catch (error) {
    if (error instanceof BoxError) return undefined;
    throw new CorruptError({ object: pathOf("keys", id), check: messageOf(error), hint: HINT, cause: error });
  }
  const key = decodeMasterKey(plaintext, pathOf("keys", id));
  assertValidKey(key);
  return key;
}

const HINT = "remove or restore this key file, or open the repository with another key (--key-hint)";

export async function loadKeyFile(store: ObjectStore, id: KeyId): Promise<KeyFile> {
  const path = pathOf("keys", id);
  const bytes = await store.get(path);
  if (sha256Hex(bytes) !== id) {
    throw new CorruptError({ object: path, check: `the SHA-256 of its ${bytes.length} bytes is not its name`, hint: HINT });
  }
  return decodeKeyFile(bytes, path);
}

export interface NewKey {
  readonly password: Bytes;
  readonly hostname?: string | undefined;
  readonly username?: string | undefined;
  /** Cost of guessing; only tests want it cheap. */
  readonly kdf?: Omit<ScryptParams, "salt"> | undefined;
}

/** Stores a further key file that wraps the same master key. It is opened again before its id is handed back. */
export async function saveKey(store: ObjectStore, world: World, key: MasterKey, wanted: NewKey): Promise<KeyId> {
  const params = { ...(wanted.kdf ?? NEW_KEY_PARAMS), salt: world.random(SALT_LENGTH) };
  const ns = world.clock.nowNs();
  const file: KeyFile = {
    created: { ns, offset: world.zoneOffset(ns) },
    username: wanted.username ?? world.username,
    hostname: wanted.hostname ?? world.hostname,
    ...params,
    data: sealBox(await deriveKey(wanted.password, params), encodeMasterKey(key), world.random(16)),
  };
  const bytes = encodeKeyFile(file);
  const id = asId<"key">(sha256Hex(bytes));
  await store.put(pathOf("keys", id), bytes);
  if ((await tryKey(store, id, wanted.password)) === undefined) {
    await store.delete(pathOf("keys", id));
    throw new CorruptError({ object: pathOf("keys", id), check: "the key just written does not open", hint: "nothing was changed" });
  }
  return id;
}

/** Refuses to remove the key that opened the repository: the way back in must be known to work. */
export async function removeKey(store: ObjectStore, id: KeyId, current: Id<"key">): Promise<void> {
  if (id === current) {
    throw new FirnError({
      code: "key-in-use",
      message: `key ${id.slice(0, 8)} is the one this repository was just opened with`,
      hint: "open it with another key, or use `firn key passwd`",
    });
  }
  await store.delete(pathOf("keys", id));
}
