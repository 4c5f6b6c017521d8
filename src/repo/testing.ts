import { type Bytes, utf8 } from "../base/bytes.ts";
import { asId, type BlobId } from "../base/id.ts";
import { testWorld, type TestWorld, type TestWorldOptions } from "../base/testing.ts";
import { encodeBlob } from "../format/blob-codec.ts";
import type { BlobType } from "../format/blob.ts";
import { sealBox } from "../kernel/box.ts";
import { sha256Hex } from "../kernel/hash.ts";
import { memoryStore, type MemoryStore, type MemoryStoreOptions } from "../store/memory.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { BlobWriter, SealedBlob } from "./blob-writer.ts";
import { createRepository } from "./create.ts";
import { openRepository, type RepositoryOptions } from "./open.ts";
import type { OpenedRepository } from "./opened-repository.ts";
import type { Repository } from "./repository.ts";

export const TEST_PASSWORD = utf8("test");
/** The cheapest that scrypt allows: tests open many repositories. */
export const TEST_KDF = { N: 2, r: 1, p: 1 } as const;

export interface MemoryRepository {
  readonly world: TestWorld;
  readonly store: MemoryStore;
  readonly repo: OpenedRepository;
  /** Opens the same repository once more, as another process would. */
  readonly reopen: (options?: Partial<RepositoryOptions>) => Promise<OpenedRepository>;
}

export interface MemoryRepositoryOptions extends Partial<Omit<RepositoryOptions, "world">> {
  readonly version?: 1 | 2;
  readonly polynomial?: bigint;
  readonly world?: TestWorld;
  readonly worldOptions?: TestWorldOptions;
  readonly storeOptions?: Omit<MemoryStoreOptions, "clock">;
  /** Stands between the repository and the memory, to fail or count. */
  readonly wrap?: (store: MemoryStore) => ObjectStore;
}

async function password(): Promise<Bytes> {
  return TEST_PASSWORD;
}

/** A polynomial known to be irreducible, so that tests need not search for one. */
const TEST_POLYNOMIAL = 0x3da3358b4dc173n;

/** An empty repository in memory, with a clock and randomness of its own. */
export async function memoryRepository(options: MemoryRepositoryOptions = {}): Promise<MemoryRepository> {
  const world = options.world ?? testWorld(options.worldOptions);
  const store = memoryStore({ clock: world.clock, ...options.storeOptions });
  const seen = options.wrap?.(store) ?? store;
  const { version = 2, polynomial = TEST_POLYNOMIAL } = options;
  const repo = await createRepository(seen, { ...options, world, version, polynomial, password, kdf: TEST_KDF });
  return {
    world,
    store,
    repo,
    reopen: (again = {}) => openRepository(seen, { ...options, ...again, world: again.world ?? world, password }),
  };
}

/** A blob as a worker would hand it over. */
export function sealedBlob(repo: Repository, type: BlobType, plaintext: Bytes): SealedBlob {
  const { payload, uncompressedLength } = encodeBlob(repo.config.version, repo.compression, type, plaintext);
  const box = sealBox(repo.key, payload, repo.world.random(16));
  return { type, id: asId<"blob">(sha256Hex(plaintext)), box, uncompressedLength };
}

/** Claims, seals and adds a blob unless it is known; its id either way. */
export async function putBlob(repo: Repository, writer: BlobWriter, type: BlobType, plaintext: Bytes): Promise<BlobId> {
  const blob = sealedBlob(repo, type, plaintext);
  if (!writer.claim(type, blob.id)) await writer.add(blob);
  return blob.id;
}
