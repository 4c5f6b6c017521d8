import type { MasterKey } from "../../kernel/master-key.ts";
import type { Compression, Repository } from "../../repo/repository.ts";

/** What a thread must know to turn files into sealed blobs. */
export interface Recipe {
  readonly key: MasterKey;
  readonly version: 1 | 2;
  readonly compression: Compression;
  readonly polynomial: bigint;
  /** Open every box again before it is handed over (restic's extra verify). */
  readonly extraVerify: boolean;
  /** Bytes of boxes at which a pack is closed. */
  readonly packSize: number;
}

export function recipeOf(repo: Repository): Recipe {
  const { key, compression, extraVerify, packSize } = repo;
  return { key, version: repo.config.version, compression, polynomial: repo.config.polynomial, extraVerify, packSize };
}
