import type { Bytes } from "../base/bytes.ts";
import { EXIT, FirnError } from "../base/error.ts";
import { asId, type Id, isId, type PackId, type SnapshotId } from "../base/id.ts";
import { LOAD_WIDTH_FACTOR, SNAPSHOT_SHELF_MAX } from "../base/limits.ts";
import { forEachParallel } from "../base/parallel.ts";
import type { World } from "../base/world.ts";
import type { BlobHandle, BlobLocation } from "../format/blob.ts";
import { type FileKind, pathOf, prefixOf } from "../format/file-kind.ts";
import { decodeSnapshot } from "../format/snapshot-codec.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { ListOptions, ObjectStore } from "../store/object-store.ts";
import { isStoreError } from "../store/store-error.ts";
import { withGate } from "../store/wrap/gate.ts";
import { type Cache, withoutWrites } from "./cache.ts";
import { CompactIndex } from "./index/blob-index.ts";
import type { ListedIndexFile } from "./index/load-index.ts";
import { loadBlob, openBlob } from "./loader.ts";
import { confirmByHead, listPackStates } from "./pack-state.ts";
import type { Compression, ListedFile, LoadIndexOptions, LoadSnapshotsOptions, PackState, RepoConfig, Repository } from "./repository.ts";
import { isWorthAShelf, openShelf, sealShelf } from "./snapshot-shelf.ts";
import { TreePacks } from "./tree-packs.ts";
import { loadUnpacked, saveUnpacked, type UnpackedFiles } from "./unpacked-files.ts";

export interface OpenedFacts {
  readonly world: World;
  readonly store: ObjectStore;
  readonly config: RepoConfig;
  readonly key: MasterKey;
  readonly keyId: Id<"key">;
  readonly cache: Cache | undefined;
  readonly compression: Compression;
  readonly packSize: number;
  readonly extraVerify: boolean;
}

/** What openRepository and createRepository give back. */
export class OpenedRepository implements Repository {
  readonly world: World;
  readonly store: ObjectStore;
  readonly config: RepoConfig;
  readonly key: MasterKey;
  readonly keyId: Id<"key">;
  readonly compression: Compression;
  readonly packSize: number;
  readonly extraVerify: boolean;
  readonly #cache: Cache | undefined;
  readonly #files: UnpackedFiles;
  #index = new CompactIndex();
  /** The index image being written beside the work. */
  #keeping: Promise<void> = Promise.resolve();
  #treePacks: TreePacks;
  #indexLoad: Promise<void> | undefined;
  #states: Map<PackId, PackState> | undefined;
  #writesFrom: (() => Promise<void>) | undefined;

  constructor(facts: OpenedFacts) {
    this.world = facts.world;
    this.store = withGate(
      facts.store,
      () => this.#writesFrom?.(),
      (key) => key.startsWith(prefixOf("locks")),
    );
    this.config = facts.config;
    this.key = facts.key;
    this.keyId = facts.keyId;
    this.compression = facts.compression;
    this.packSize = facts.packSize;
    this.extraVerify = facts.extraVerify;
    this.#cache = facts.cache;
    this.#files = { ...facts, store: this.store, version: facts.config.version, random: (length) => facts.world.random(length) };
    this.#treePacks = this.#newTreePacks();
  }

  /**
   * Nothing but locks is written or removed before this resolves (see placeLock), nor when an index that was loaded before does not hold any
   * more then. `soon` looks at once, rather than at the first write. What it answers with waits for the same: for who only reads, but relies
   * on having read what belongs together.
   */
  holdWrites(until: Promise<void>, soon = false): () => Promise<void> {
    let held: Promise<void> | undefined;
    const hold = (): Promise<void> => (held ??= until.then(() => this.#confirmIndex()));
    this.#writesFrom = hold;
    if (soon) hold().catch(() => undefined);
    return hold;
  }

  /**
   * Who held an exclusive lock when we wrote ours, and was done when we looked again, has left nothing that could be seen but index files
   * that are gone. What is listed once our lock is confirmed stays, and the names of index files stand for what is in them.
   */
  async #confirmIndex(): Promise<void> {
    if (this.#indexLoad === undefined) return;
    await this.#indexLoad.catch(() => undefined);
    const listed = new Set<string>();
    for await (const { id } of this.#list<"index">("index", { namesOnly: true })) listed.add(id);
    if (this.#index.files.every((id) => listed.has(id))) return;
    throw new FirnError({
      code: "repository-changed",
      message: "somebody pruned the repository while it was being locked",
      hint: "nothing was written; run the command again",
      exitCode: EXIT.locked,
    });
  }

  get index(): CompactIndex {
    return this.#index;
  }

  list<K extends string>(kind: FileKind, signal?: AbortSignal): AsyncIterable<ListedFile<K>> {
    return this.#list<K>(kind, { signal });
  }

  async *#list<K extends string>(kind: FileKind, options: ListOptions): AsyncGenerator<ListedFile<K>> {
    const seen = new Set<string>();
    for await (const info of this.store.list(prefixOf(kind), options)) {
      const name = info.key.slice(info.key.lastIndexOf("/") + 1);
      if (!isId(name) || info.key !== pathOf(kind, name)) continue;
      if (kind === "snapshots") seen.add(name);
      yield { id: asId<K>(name), size: info.size, storageClass: info.storageClass };
    }
    if (kind === "snapshots") await this.#cache?.retain("snapshots", (id) => seen.has(id));
  }

  loadUnpacked(kind: FileKind, id: Id<string>, signal?: AbortSignal): Promise<Bytes> {
    return loadUnpacked(this.#files, kind, id, signal);
  }

  saveUnpacked<K extends string>(kind: FileKind, plaintext: Bytes, signal?: AbortSignal): Promise<Id<K>> {
    return saveUnpacked<K>(this.#files, kind, plaintext, signal);
  }

  async removeFile(kind: FileKind, id: Id<string>, signal?: AbortSignal): Promise<void> {
    await this.store.delete(pathOf(kind, id), { signal });
    if (kind === "data" || kind === "index" || kind === "snapshots") await this.#cache?.remove(kind, id);
  }

  loadIndex(options: LoadIndexOptions = {}): Promise<void> {
    if (options.reload === true || this.#indexLoad === undefined) {
      const load = relisting((last) => this.#readIndex(options, last));
      this.#indexLoad = load;
      load.catch(() => {
        if (this.#indexLoad === load) this.#indexLoad = undefined;
      });
    }
    return this.#indexLoad;
  }

  async #readIndex(options: LoadIndexOptions, last: boolean): Promise<void> {
    const { signal } = options;
    const { loadIndex } = await import("./index/load-index.ts");
    const listed = await Array.fromAsync(this.list<"index">("index", signal));
    const { index, keep } = await loadIndex({
      listed,
      cache: this.#cache,
      key: this.key,
      random: (length) => this.world.random(length),
      filesOnly: options.reload === true,
      signal,
      read: (files, into) => this.#readIndexFiles(files, into, options, last),
    });
    this.#index = index;
    this.#treePacks = this.#newTreePacks();
    if (keep !== undefined) this.#keeping = this.#keeping.then(keep);
    const names = new Set<string>(listed.map(({ id }) => id));
    await this.#cache?.retain("index", (id) => names.has(id));
    await this.#cache?.retain("data", (id) => index.hasPack(asId<"pack">(id)));
  }

  async #readIndexFiles(files: readonly ListedIndexFile[], into: CompactIndex, options: LoadIndexOptions, last: boolean): Promise<boolean> {
    const [{ IndexColumns }, { readIndex }] = await Promise.all([
      import("../format/index-columns.ts"),
      import("../format/index-scanner.ts"),
    ]);
    const columns = new IndexColumns();
    let complete = true;
    await forEachParallel(
      files,
      this.store.connections * LOAD_WIDTH_FACTOR,
      async ({ id }) => {
        try {
          readIndex(await this.loadUnpacked("index", id, options.signal), pathOf("index", id), columns);
          into.addAll(columns, id);
        } catch (error) {
          options.signal?.throwIfAborted();
          if (options.onError === undefined || (!last && isStoreError(error, "not-found"))) throw error;
          options.onError(id, error);
          complete = false;
        }
      },
      options.signal,
    );
    return complete;
  }

  async loadSnapshot(id: SnapshotId): Promise<StoredSnapshot> {
    return decodeSnapshot(await this.loadUnpacked("snapshots", id), id);
  }

  loadSnapshots(options: LoadSnapshotsOptions = {}): Promise<StoredSnapshot[]> {
    return relisting((last) => this.#readSnapshots(options, last));
  }

  async #readSnapshots(options: LoadSnapshotsOptions, last: boolean): Promise<StoredSnapshot[]> {
    const shelf = options.fromShelf === true ? await this.#openShelf() : new Map<SnapshotId, Bytes>();
    const texts = new Map<SnapshotId, Bytes>();
    const loose: SnapshotId[] = [];
    for await (const { id } of this.#list<"snapshot">("snapshots", { namesOnly: true })) {
      const text = shelf.get(id);
      if (text === undefined) loose.push(id);
      else texts.set(id, text);
    }
    const snapshots = Array.from(texts, ([id, text]) => decodeSnapshot(text, id));
    const fillShelf = options.fromShelf === true && this.#cache !== undefined && isWorthAShelf(loose.length, loose.length + texts.size);
    // What goes to the shelf need not be cached file by file, too: a thousand files take 0.4 s to write.
    const files = fillShelf ? { ...this.#files, cache: withoutWrites(this.#cache) } : this.#files;
    await forEachParallel(loose, this.store.connections * LOAD_WIDTH_FACTOR, async (id) => {
      try {
        const text = await loadUnpacked(files, "snapshots", id);
        snapshots.push(decodeSnapshot(text, id));
        texts.set(id, text);
      } catch (error) {
        if (options.onError === undefined || (!last && isStoreError(error, "not-found"))) throw error;
        options.onError(id, error);
      }
    });
    if (fillShelf) this.#fillShelf(texts);
    return snapshots.sort(oldestFirst);
  }

  async #openShelf(): Promise<Map<SnapshotId, Bytes>> {
    await using file = await this.#cache?.openImage("snapshots");
    if (file === undefined || file.size > SNAPSHOT_SHELF_MAX) return new Map();
    const box = Buffer.allocUnsafeSlow(file.size);
    return (await file.read(box, 0)) ? openShelf(box, this.key) : new Map();
  }

  #fillShelf(texts: ReadonlyMap<SnapshotId, Bytes>): void {
    const cache = this.#cache;
    if (cache === undefined) return;
    const write = (append: (bytes: Bytes) => Promise<void>): Promise<void> =>
      append(sealShelf(texts, this.key, (length) => this.world.random(length)));
    this.#keeping = this.#keeping.then(() => cache.writeImage("snapshots", write, undefined));
  }

  loadBlob(handle: BlobHandle, signal?: AbortSignal): Promise<Bytes> {
    const { store, key } = this;
    return loadBlob({ store, key, index: this.#index, treePacks: this.#treePacks, states: this.#states }, handle, signal);
  }

  openBlob(location: BlobLocation, box: Bytes): Bytes {
    return openBlob(this.key, location, box);
  }

  async packStates(
    options: { readonly refresh?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ReadonlyMap<PackId, PackState>> {
    if (this.#states === undefined || options.refresh === true) {
      this.#states = await listPackStates(this.store, this.world.clock.now(), options.signal);
    }
    return this.#states;
  }

  async confirmStates(packs: Iterable<PackId>, signal?: AbortSignal): Promise<boolean> {
    await this.packStates({ signal });
    return confirmByHead(this.store, this.#states!, packs, this.world.clock.now(), signal);
  }

  async close(): Promise<void> {
    await this.#keeping;
    await this.store.close();
  }

  #newTreePacks(): TreePacks {
    const index = this.#index;
    return new TreePacks(this.store, this.#cache, (pack) => index.endOfBoxes(pack));
  }
}

const LISTINGS = 3;

/**
 * Without a lock, a file may be replaced between LIST and GET: then it is listed anew. Never passed over, since what is listed and cannot
 * be read is damage, and a prune would take what it holds for unused.
 */
async function relisting<T>(read: (last: boolean) => Promise<T>): Promise<T> {
  for (let listing = 1; ; listing++) {
    const last = listing === LISTINGS;
    try {
      return await read(last);
    } catch (error) {
      if (last || !isStoreError(error, "not-found")) throw error;
    }
  }
}

function oldestFirst(a: StoredSnapshot, b: StoredSnapshot): number {
  if (a.time.ns !== b.time.ns) return a.time.ns < b.time.ns ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
