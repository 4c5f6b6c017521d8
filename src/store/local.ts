import { dirname, join } from "node:path";
import { LOCAL_CONNECTIONS } from "../base/limits.ts";
import type { World } from "../base/world.ts";
import { localError } from "./local/error.ts";
import { makeFolders } from "./local/make-folders.ts";
import { DEFAULT_MODES, type Modes, modesOf } from "./local/modes.ts";
import { headFile, readFileRange, removeFile } from "./local/read.ts";
import { scan } from "./local/scan.ts";
import { syncFolder, writeFileSafely } from "./local/write.ts";
import type { ObjectStore } from "./object-store.ts";
import { StoreError } from "./store-error.ts";

export interface LocalOptions {
  readonly connections?: number | undefined;
}

/** A repository in a folder, laid out as restic does (restic-format §16). Keys are paths below `root`. */
export function openLocal(root: string, world: Pick<World, "random">, options: LocalOptions = {}): ObjectStore {
  let modes: Promise<Modes> | undefined;
  const fileModes = (): Promise<Modes> => (modes ??= modesOf(join(root, "config")));

  return {
    location: root,
    capabilities: { storageClasses: false, listsRestoreState: true, atomicReplace: true },
    connections: options.connections ?? LOCAL_CONNECTIONS,
    async put(key, body, put = {}) {
      // A folder has one class; a class asked for is not an error, so that one configuration serves every store.
      const path = pathOf(root, key);
      const temporary = `${path}-tmp-${Buffer.from(world.random(8)).toString("hex")}`;
      await writeFileSafely({ root, path, key, temporary, body, modes: await fileModes(), options: put });
    },
    get: async (key, get = {}) => readFileRange(pathOf(root, key), key, get),
    head: async (key) => headFile(pathOf(root, key), key),
    list: (prefix, call = {}) => scan(root, prefix, call),
    delete: async (key) => removeFile(pathOf(root, key), key),
    changeClass: async (key) => {
      throw unsupported(root, key);
    },
    restore: async (key) => {
      throw unsupported(root, key);
    },
    fileOf: (key) => pathOf(root, key),
    bucketFacts: async () => ({ versioning: "off", objectLock: "off" }),
    create: () => createLayout(root),
    close: async () => undefined,
  };
}

/** Joins a key to the root. Keys come from this program, but a store never leaves its folder whatever it is told. */
function pathOf(root: string, key: string): string {
  if (key === "" || key.split("/").some((part) => part === "" || part === "." || part === "..") || key.includes("\0")) {
    throw new StoreError({ code: "invalid", message: `${JSON.stringify(key)} is not the key of an object`, key });
  }
  return join(root, key);
}

/** All folders of §16, the 256 of `data/` included, so that a backup never waits for mkdir. */
async function createLayout(root: string): Promise<void> {
  const subfolders = Array.from({ length: 256 }, (_, i) => `data/${i.toString(16).padStart(2, "0")}`);
  try {
    await makeFolders(root, DEFAULT_MODES.folder);
    for (const name of ["data", "index", "keys", "locks", "snapshots", ...subfolders]) {
      await makeFolders(join(root, name), DEFAULT_MODES.folder);
    }
    for (const name of [join(root, "data"), root, dirname(root)]) await syncFolder(name);
  } catch (error) {
    throw localError(error, "create", root, undefined);
  }
}

function unsupported(root: string, key: string): StoreError {
  return new StoreError({
    code: "unsupported",
    message: `${root}: a folder has no storage classes`,
    hint: "tiering needs an S3 repository; files in a folder are always readable at once",
    key,
  });
}
