import type { IndexId, PackId } from "../base/id.ts";
import { INDEX_FULL_BLOBS, INDEX_OVERSIZED_EXTRA_BLOBS } from "../base/limits.ts";
import type { PackedBlob } from "../format/blob.ts";
import { pathOf } from "../format/file-kind.ts";
import { decodeIndex, encodeIndex } from "../format/index-codec.ts";
import type { Repository } from "./repository.ts";

export interface IndexChange {
  /** Packs to be listed no more. */
  readonly dropPacks: ReadonlySet<PackId>;
  /** Packs to be listed whatever the old files say of them. */
  readonly addPacks?: readonly { readonly id: PackId; readonly blobs: readonly PackedBlob[] }[];
  readonly signal?: AbortSignal | undefined;
}

export interface IndexRewrite {
  readonly kept: number;
  readonly written: readonly IndexId[];
  readonly removed: readonly IndexId[];
}

/**
 * Brings the index files in line with a change, under the exclusive lock (restic-format §4): files that are full and untouched stay, the
 * others are merged into new ones. New files are written before old ones go, so that at every instant each remaining pack is listed; a
 * kill in between leaves packs listed twice, which is harmless. The index must be loaded, and is read again at the end.
 */
export async function rewriteIndex(repo: Repository, change: IndexChange): Promise<IndexRewrite> {
  const merger = new Merger(repo, new Set([...change.dropPacks, ...(change.addPacks ?? []).map((pack) => pack.id)]), change.signal);
  const old: IndexId[] = [];
  let kept = 0;
  for await (const { id } of repo.list<"index">("index", change.signal)) {
    const packs = decodeIndex(await repo.loadUnpacked("index", id, change.signal), pathOf("index", id));
    if (merger.mayKeep(packs)) {
      kept++;
      continue;
    }
    old.push(id);
    for (const pack of packs) await merger.add(pack);
  }
  merger.include(change.addPacks ?? []);
  const written = await merger.finish();
  const removed = old.filter((id) => !written.includes(id));
  for (const id of removed) {
    // Without the lock somebody else may be rewriting what these files list.
    change.signal?.throwIfAborted();
    await repo.removeFile("index", id, change.signal);
  }
  await repo.loadIndex({ reload: true, signal: change.signal });
  return { kept, written, removed };
}

interface IndexedPack {
  readonly id: PackId;
  readonly blobs: readonly PackedBlob[];
}

class Merger {
  readonly #repo: Repository;
  readonly #without: ReadonlySet<PackId>;
  readonly #signal: AbortSignal | undefined;
  readonly #seen = new Set<PackId>();
  #pending: IndexedPack[] = [];
  #blobs = 0;
  readonly #written: IndexId[] = [];

  constructor(repo: Repository, without: ReadonlySet<PackId>, signal: AbortSignal | undefined) {
    this.#repo = repo;
    this.#without = without;
    this.#signal = signal;
  }

  /** Full, not oversized, nothing to drop and nothing listed before; what it lists is then seen. */
  mayKeep(packs: readonly IndexedPack[]): boolean {
    const blobs = packs.reduce((sum, pack) => sum + pack.blobs.length, 0);
    if (blobs < INDEX_FULL_BLOBS || blobs >= INDEX_FULL_BLOBS + INDEX_OVERSIZED_EXTRA_BLOBS) return false;
    if (packs.some((pack) => this.#without.has(pack.id) || this.#seen.has(pack.id))) return false;
    for (const pack of packs) this.#seen.add(pack.id);
    return true;
  }

  async add(pack: IndexedPack): Promise<void> {
    if (this.#without.has(pack.id)) return;
    // Two files that contradict each other about a pack: which is right is not for a rewrite to guess, so both stay.
    if (this.#seen.has(pack.id) && !this.#repo.index.differing.has(pack.id)) return;
    this.#seen.add(pack.id);
    this.include([pack]);
    if (this.#blobs >= INDEX_FULL_BLOBS) await this.#write();
  }

  include(packs: readonly IndexedPack[]): void {
    this.#pending.push(...packs);
    for (const pack of packs) this.#blobs += pack.blobs.length;
  }

  async finish(): Promise<readonly IndexId[]> {
    if (this.#pending.length > 0) await this.#write();
    return this.#written;
  }

  async #write(): Promise<void> {
    this.#signal?.throwIfAborted();
    const packs = this.#pending;
    this.#pending = [];
    this.#blobs = 0;
    this.#written.push(await this.#repo.saveUnpacked<"index">("index", encodeIndex(packs), this.#signal));
  }
}
