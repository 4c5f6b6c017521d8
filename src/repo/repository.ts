import type { Bytes } from "../base/bytes.ts";
import type { Id, IndexId, PackId, SnapshotId } from "../base/id.ts";
import type { World } from "../base/world.ts";
import type { BlobHandle, BlobLocation, BlobType, PackedBlob } from "../format/blob.ts";
import type { FileKind } from "../format/file-kind.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import type { MasterKey } from "../kernel/master-key.ts";
import type { ObjectStore, StorageClass } from "../store/object-store.ts";
import type { IndexHandle, IndexView } from "./index/index-view.ts";

export interface RepoConfig {
  readonly version: 1 | 2;
  /** 64 hex digits, random, the repository's identity. */
  readonly id: string;
  /** Rabin polynomial for the chunker. */
  readonly polynomial: bigint;
}

/** `auto` = restic's default level. `off` leaves data blobs uncompressed; trees and unpacked files are always compressed in v2. */
export type Compression = "auto" | "off" | "fastest" | "better" | "max";

export interface ListedFile<K extends string> {
  readonly id: Id<K>;
  readonly size: number;
  readonly storageClass: StorageClass;
}

export interface LoadIndexOptions {
  /** Read again what is already loaded; other processes may have written. */
  readonly reload?: boolean;
  /** Told of every index file that cannot be read; without it the first one is thrown. */
  readonly onError?: (id: IndexId, error: unknown) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadSnapshotsOptions {
  readonly onError?: (id: SnapshotId, error: unknown) => void;
  /** Those the cache keeps together need not be read from their files: for whoever shows or chooses, not for who removes what none needs. */
  readonly fromShelf?: boolean;
}

/** An opened repository: key known, index not necessarily loaded. */
export interface Repository {
  readonly world: World;
  readonly store: ObjectStore;
  readonly config: RepoConfig;
  readonly key: MasterKey;
  /** Id of the key file that opened it. */
  readonly keyId: Id<"key">;
  readonly index: SharedIndex;
  /** How new data blobs are compressed (v2). */
  readonly compression: Compression;
  /** Bytes of boxes at which a pack is closed. */
  readonly packSize: number;
  /** What was just encoded is decoded and compared before it is stored. */
  readonly extraVerify: boolean;

  /** Files of a kind; names that are no ids are passed over. Listing snapshots clears the cache of those that are gone. */
  list<K extends string>(kind: FileKind, signal?: AbortSignal): AsyncIterable<ListedFile<K>>;
  /** Decrypted, decompressed JSON of an index, snapshot or lock file, its SHA-256 checked (retried once past the cache). */
  loadUnpacked(kind: FileKind, id: Id<string>, signal?: AbortSignal): Promise<Bytes>;
  /** Seals (and in v2 compresses) and stores; the id is the SHA-256 of the stored bytes. */
  saveUnpacked<K extends string>(kind: FileKind, plaintext: Bytes, signal?: AbortSignal): Promise<Id<K>>;
  /** With the signal of the lock that allows it: repeating a delete must end when the lock is lost. */
  removeFile(kind: FileKind, id: Id<string>, signal?: AbortSignal): Promise<void>;

  /** Fills `index` from all index files, in parallel, through the cache. Idempotent unless `reload`. */
  loadIndex(options?: LoadIndexOptions): Promise<void>;

  loadSnapshot(id: SnapshotId): Promise<StoredSnapshot>;
  /** All snapshots, oldest first (ties by id). Unreadable ones are handed to `onError`, or thrown without it. */
  loadSnapshots(options?: LoadSnapshotsOptions): Promise<StoredSnapshot[]>;

  /** Plaintext of a blob, its hash checked; falls back to other copies, hot ones first; tree packs go through the cache. */
  loadBlob(handle: BlobHandle, signal?: AbortSignal): Promise<Bytes>;
  /** Opens one sealed blob that was already fetched; throws CorruptError naming the pack and offset. */
  openBlob(location: BlobLocation, box: Bytes): Bytes;

  /** The state of every data pack by LIST, once per run unless `refresh`; see PackState. */
  packStates(options?: { readonly refresh?: boolean; readonly signal?: AbortSignal | undefined }): Promise<ReadonlyMap<PackId, PackState>>;
  /**
   * Asks by HEAD for those of the packs that LIST calls archived, where LIST may not show a thaw, and notes the answers in what
   * `packStates` gave. True when one of them turned out to be thawed.
   */
  confirmStates(packs: Iterable<PackId>, signal?: AbortSignal): Promise<boolean>;

  close(): Promise<void>;
}

/** A pack as LIST shows it now. */
export interface PackState {
  readonly size: number;
  readonly storageClass: StorageClass;
  readonly lastModified: number;
  readonly etag: string | undefined;
  /**
   * hot: readable for as long as it stays where it is. archived: must be thawed. thawing: asked for. thawed: a temporary copy is readable
   * until `until`. unknown: a class LIST cannot vouch for.
   */
  readonly state: "hot" | "archived" | "thawing" | "thawed" | "unknown";
  readonly until: number | undefined;
}

/** Blobs and where their copies lie. Dense typed arrays inside; ids cross this border as hex. */
export interface BlobIndex {
  /** Packs that two index files list with different blobs: damage (restic-format §4). */
  readonly differing: ReadonlySet<PackId>;
  /** Number of copies, duplicates included. */
  readonly size: number;
  has(type: BlobType, id: string): boolean;
  /** Every copy; empty when unknown. */
  lookup(type: BlobType, id: string): readonly BlobLocation[];
  /** How many copies there are; no list is made of them. */
  copies(type: BlobType, id: string): number;
  /** Length of the plaintext, or undefined when unknown. */
  plaintextLength(type: BlobType, id: string): number | undefined;
  packs(): Iterable<PackId>;
  hasPack(id: PackId): boolean;
  /** Blobs of one pack by offset; empty when unknown. */
  blobsOf(pack: PackId): readonly PackedBlob[];
  /** Every copy of every blob, pack by pack. */
  entries(): Iterable<BlobLocation>;
  /** True when the pack holds any tree blob. */
  isTreePack(pack: PackId): boolean;
  /** Index files that list a pack. */
  filesOf(pack: PackId): readonly IndexId[];
  /** Notes that an index file lists the pack, once the index writer has stored it. */
  addFile(pack: PackId, file: IndexId): void;
  /** Adds a pack written in this run; it is visible to lookups at once, and stored by the index writer. */
  addPack(pack: PackId, blobs: readonly PackedBlob[]): void;
}

/** An index in memory that threads can share. */
export interface SharedIndex extends BlobIndex {
  /** To look into by raw ids, in this thread; it shows what is added at once. */
  readonly view: IndexView;
  /** The index as it is now, for `IndexView.attach` in other threads. Its entries and packs keep their numbers when more is added. */
  share(): IndexHandle;
}
