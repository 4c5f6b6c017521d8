import { readdirSync } from "node:fs";
import { open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { type Bytes, toHex } from "../base/bytes.ts";
import { isId } from "../base/id.ts";
import { CACHE_IMAGE_ABANDONED_MS, CACHE_STALE_MS } from "../base/limits.ts";
import type { World } from "../base/world.ts";
import type { FileKind } from "../format/file-kind.ts";
import { makeFolders } from "../store/local/make-folders.ts";

/** Kinds that are cached: index and snapshot files, and of the packs those that hold trees (restic-format §16.1). */
export type CachedKind = Extract<FileKind, "data" | "index" | "snapshots">;

/** The folder under which every repository has its cache; the same that restic uses, in the same layout, at the same time. */
export interface CacheBase {
  readonly folder: string | undefined;
  /** The repository's cache, made when it does not exist. Undefined when that is impossible: a cache is never worth failing for. */
  forRepository(repositoryId: string): Promise<Cache | undefined>;
  /** Removes caches that were not used for 30 days; returns their repository ids. */
  cleanUp(): Promise<string[]>;
}

/** Raw stored files, still encrypted. Nothing here throws: what cannot be read is absent, what cannot be written is not cached. */
export interface Cache {
  read(kind: CachedKind, id: string, range?: { readonly offset: number; readonly length: number }): Promise<Bytes | undefined>;
  write(kind: CachedKind, id: string, bytes: Bytes): Promise<void>;
  remove(kind: CachedKind, id: string): Promise<void>;
  /** Removes a file that turned out to be broken; true once for each file in a process, so that a retry ends. */
  drop(kind: CachedKind, id: string): Promise<boolean>;
  /** Something made of stored files, to be read by places; undefined when there is none. */
  openImage(what: ImageKind): Promise<OpenImage | undefined>;
  /** Replaces it by what `write` appends. */
  writeImage(
    what: ImageKind,
    write: (append: (bytes: Bytes) => Promise<void>) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Removes the files of a kind that the repository no longer has. */
  retain(kind: CachedKind, keep: (id: string) => boolean): Promise<void>;
}

/** A file that is read by places. */
export interface OpenImage extends AsyncDisposable {
  readonly size: number;
  read(room: Bytes, position: number): Promise<boolean>;
}

/** What is kept in the form in which it is used, sealed with the repository's key. */
export type ImageKind = "index" | "snapshots";

/** Of no interest to restic: it looks into its folders only, and removes these files with the whole cache when that is stale. */
const IMAGE_PREFIX = "firnline-";
const IMAGE_NAMES: Readonly<Record<ImageKind, string>> = { index: `${IMAGE_PREFIX}index`, snapshots: `${IMAGE_PREFIX}snapshots` };
const TAG_FILE = "CACHEDIR.TAG";
const TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# Backup programs skip this folder: it can be made again at any time.\n";
const VERSION_FILE = "version";
const VERSION_TEXT = "1";

export function openCache(folder: string | undefined, world: World): CacheBase {
  const base = folder ?? defaultFolder(world);
  return {
    folder: base,
    forRepository: async (repositoryId) => (base === undefined ? undefined : prepare(base, repositoryId, world)),
    cleanUp: async () => (base === undefined ? [] : cleanUp(base, world.clock.now())),
  };
}

function defaultFolder(world: World): string | undefined {
  const { env } = world;
  if (env["RESTIC_CACHE_DIR"]) return env["RESTIC_CACHE_DIR"];
  if (platform() === "win32") return env["LOCALAPPDATA"] ? join(env["LOCALAPPDATA"], "restic") : undefined;
  const home = env["HOME"] || homedir();
  if (platform() === "darwin") return join(home, "Library", "Caches", "restic");
  if (env["XDG_CACHE_HOME"]) return join(env["XDG_CACHE_HOME"], "restic");
  return home === "" ? undefined : join(home, ".cache", "restic");
}

async function prepare(base: string, repositoryId: string, world: World): Promise<Cache | undefined> {
  const root = join(base, repositoryId);
  try {
    await makeFolders(base, 0o700);
    await writeFile(join(base, TAG_FILE), TAG_TEXT, { flag: "wx", mode: 0o600 }).catch(ignoreExisting);
    for (const kind of ["data", "index", "snapshots"]) await makeFolders(join(root, kind), 0o700);
    const version = join(root, VERSION_FILE);
    await writeFile(version, VERSION_TEXT, { flag: "wx", mode: 0o600 }).catch(ignoreExisting);
    if ((await readFile(version, "utf8")).trim() !== VERSION_TEXT) return undefined;
    const now = new Date(world.clock.now());
    await utimes(root, now, now);
    return new FolderCache(root, world);
  } catch {
    return undefined;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

class FolderCache implements Cache {
  readonly #root: string;
  readonly #world: World;
  readonly #dropped = new Set<string>();

  constructor(root: string, world: World) {
    this.#root = root;
    this.#world = world;
  }

  async read(kind: CachedKind, id: string, range?: { offset: number; length: number }): Promise<Bytes | undefined> {
    try {
      if (range === undefined) return await readFile(this.#path(kind, id));
      await using file = await open(this.#path(kind, id));
      const into = Buffer.allocUnsafe(range.length);
      const { bytesRead } = await file.read(into, 0, range.length, range.offset);
      return bytesRead === range.length ? into : undefined;
    } catch {
      return undefined;
    }
  }

  async write(kind: CachedKind, id: string, bytes: Bytes): Promise<void> {
    const folder = join(this.#root, kind, id.slice(0, 2));
    const temporary = join(folder, `tmp-${toHex(this.#world.random(8))}`);
    try {
      await makeFolders(folder, 0o700);
      await writeFile(temporary, bytes, { flag: "wx", mode: 0o600 });
      await rename(temporary, this.#path(kind, id));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async remove(kind: CachedKind, id: string): Promise<void> {
    await rm(this.#path(kind, id), { force: true }).catch(() => undefined);
  }

  async drop(kind: CachedKind, id: string): Promise<boolean> {
    const name = `${kind}/${id}`;
    if (this.#dropped.has(name)) return false;
    this.#dropped.add(name);
    const known = await stat(this.#path(kind, id)).catch(() => undefined);
    await this.remove(kind, id);
    return known !== undefined;
  }

  async openImage(what: ImageKind): Promise<OpenImage | undefined> {
    try {
      const file = await open(join(this.#root, IMAGE_NAMES[what]));
      const { size } = await file.stat();
      return {
        size,
        read: async (room, position) =>
          position >= 0 && (await file.read(room, 0, room.length, position).catch(() => undefined))?.bytesRead === room.length,
        [Symbol.asyncDispose]: () => file.close(),
      };
    } catch {
      return undefined;
    }
  }

  async writeImage(
    what: ImageKind,
    write: (append: (bytes: Bytes) => Promise<void>) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const temporary = join(this.#root, `${IMAGE_NAMES[what]}-${toHex(this.#world.random(8))}`);
    try {
      await this.#removeAbandonedImages();
      await using file = await open(temporary, "wx", 0o600);
      await write(async (bytes) => {
        signal?.throwIfAborted();
        await file.writeFile(bytes);
      });
      await rename(temporary, join(this.#root, IMAGE_NAMES[what]));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** A process that was killed while it wrote one left it behind. */
  async #removeAbandonedImages(): Promise<void> {
    for (const name of await readdir(this.#root)) {
      if (!name.startsWith(IMAGE_PREFIX) || Object.values(IMAGE_NAMES).includes(name)) continue;
      const path = join(this.#root, name);
      const { mtimeMs } = await stat(path);
      if (this.#world.clock.now() - mtimeMs > CACHE_IMAGE_ABANDONED_MS) await rm(path, { force: true });
    }
  }

  async retain(kind: CachedKind, keep: (id: string) => boolean): Promise<void> {
    const folder = join(this.#root, kind);
    // At once: 256 folders in turn through the thread pool take 15 ms, and these are on the local disk.
    for (const sub of namesIn(folder)) {
      for (const name of namesIn(join(folder, sub))) {
        if (isId(name) && !keep(name)) await rm(join(folder, sub, name), { force: true }).catch(() => undefined);
      }
    }
  }

  #path(kind: CachedKind, id: string): string {
    return join(this.#root, kind, id.slice(0, 2), id);
  }
}

/** The same cache for somebody who only reads it. */
export function withoutWrites(cache: Cache): Cache {
  return {
    read: (kind, id, range) => cache.read(kind, id, range),
    write: async () => undefined,
    remove: (kind, id) => cache.remove(kind, id),
    drop: (kind, id) => cache.drop(kind, id),
    openImage: (what) => cache.openImage(what),
    writeImage: (what, write, signal) => cache.writeImage(what, write, signal),
    retain: (kind, keep) => cache.retain(kind, keep),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function cleanUp(base: string, now: number): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(base).catch(() => [])) {
    const folder = join(base, name);
    const facts = isId(name) ? await stat(folder).catch(() => undefined) : undefined;
    if (facts === undefined || !facts.isDirectory() || now - facts.mtimeMs <= CACHE_STALE_MS) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    removed.push(name);
  }
  return removed;
}
