import { systemWorld } from "../src/app/system-world.ts";
import { utf8 } from "../src/base/bytes.ts";
import { createRepository } from "../src/repo/create.ts";
import { openRepository } from "../src/repo/open.ts";
import type { OpenedRepository } from "../src/repo/opened-repository.ts";
import { TEST_KDF } from "../src/repo/testing.ts";
import type { ObjectStore } from "../src/store/object-store.ts";
import { openStore } from "../src/store/open-store.ts";

export const SCRATCH_PASSWORD = "correct horse";

/** Where a repository is, and what both programs need to get there. */
export interface Place {
  readonly repo: string;
  readonly password: string;
  readonly env: Readonly<Record<string, string>>;
}

export function localPlace(folder: string): Place {
  return { repo: folder, password: SCRATCH_PASSWORD, env: {} };
}

function worldOf(place: Place): ReturnType<typeof systemWorld> {
  return { ...systemWorld(), env: { ...process.env, ...place.env } };
}

export function storeAt(place: Place): Promise<ObjectStore> {
  return openStore(place.repo, {}, worldOf(place));
}

/** A new repository with a key that is cheap to try: tests open it hundreds of times. */
export async function makeRepository(place: Place, version: 1 | 2 = 2): Promise<OpenedRepository> {
  const options = { world: worldOf(place), version, password: async () => utf8(place.password), kdf: TEST_KDF };
  return createRepository(await storeAt(place), options);
}

/** Opened in this process, to look at it or to write what no command would. */
export async function openPlace(place: Place): Promise<OpenedRepository> {
  return openRepository(await storeAt(place), { world: worldOf(place), password: async () => utf8(place.password) });
}

/** Object by object, in any store's own way of copying a whole repository. */
export async function copyRepository(from: Place, to: Place): Promise<void> {
  const [source, target] = await Promise.all([storeAt(from), storeAt(to)]);
  await target.create();
  for await (const { key } of source.list("")) await target.put(key, await source.get(key));
  await Promise.all([source.close(), target.close()]);
}

/** The keys of everything stored there, sorted. */
export async function keysAt(place: Place, prefix = ""): Promise<string[]> {
  const store = await storeAt(place);
  const items = await Array.fromAsync(store.list(prefix));
  await store.close();
  return items.map(({ key }) => key).sort();
}
