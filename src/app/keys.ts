import type { KeyId } from "../base/id.ts";
import type { Time } from "../base/time.ts";
import { findFile } from "../repo/find.ts";
import { listKeys, loadKeyFile, removeKey, saveKey } from "../repo/keys.ts";
import type { Access } from "./access.ts";
import { type NewPasswordSource, resolveNewPassword } from "./new-password.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

export interface KeyFacts {
  readonly id: KeyId;
  /** The one that opened the repository. */
  readonly current: boolean;
  readonly username: string;
  readonly hostname: string;
  readonly created: Time;
}

/** All keys; those that cannot be read are handed to `onError`. */
export function keyList(access: Access, caller: Caller, onError: (id: KeyId, error: unknown) => void): Promise<KeyFacts[]> {
  return withRepository(access, caller, { lock: "shared", mayGoWithout: true }, async (repo) => {
    const keys: KeyFacts[] = [];
    for (const id of await listKeys(repo.store)) {
      try {
        const { username, hostname, created } = await loadKeyFile(repo.store, id);
        keys.push({ id, current: id === repo.keyId, username, hostname, created });
      } catch (error) {
        onError(id, error);
      }
    }
    return keys;
  });
}

export interface NewKeyWish {
  readonly password: NewPasswordSource;
  readonly hostname?: string | undefined;
  readonly username?: string | undefined;
}

export function keyAdd(access: Access, caller: Caller, wish: NewKeyWish): Promise<KeyId> {
  return withRepository(access, caller, { lock: "shared" }, async (repo) => {
    const password = await resolveNewPassword(wish.password, caller.askPassword);
    return saveKey(repo.store, repo.world, repo.key, { ...wish, password });
  });
}

export function keyRemove(access: Access, caller: Caller, prefix: string): Promise<KeyId> {
  return withRepository(access, caller, { lock: "exclusive" }, async (repo) => {
    const id = await findFile<"key">(repo, "keys", prefix);
    await removeKey(repo.store, id, repo.keyId);
    return id;
  });
}

/** A new key, then the old one goes: killed in between, both passwords open the repository. */
export function keyPasswd(access: Access, caller: Caller, wish: NewKeyWish): Promise<KeyId> {
  return withRepository(access, caller, { lock: "exclusive" }, async (repo) => {
    const password = await resolveNewPassword(wish.password, caller.askPassword);
    const id = await saveKey(repo.store, repo.world, repo.key, { ...wish, password });
    await removeKey(repo.store, repo.keyId, id);
    return id;
  });
}
