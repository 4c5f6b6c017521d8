import type { Bytes } from "../base/bytes.ts";
import type { PackId } from "../base/id.ts";
import { TREE_PACK_MEMORY_MAX } from "../base/limits.ts";
import { pathOf } from "../format/file-kind.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Cache } from "./cache.ts";

interface Held {
  readonly bytes: Promise<Bytes>;
  readonly size: number;
}

/**
 * Whole tree packs: the last few in memory, all in the cache. Trees that are read one after the other mostly lie in one or
 * two packs, so a pack is fetched once and not a range for each tree.
 */
export class TreePacks {
  readonly #store: ObjectStore;
  readonly #cache: Cache | undefined;
  readonly #sizeOf: (pack: PackId) => number;
  /** In the order of last use. */
  readonly #held = new Map<PackId, Held>();
  #heldBytes = 0;

  constructor(store: ObjectStore, cache: Cache | undefined, sizeOf: (pack: PackId) => number) {
    this.#store = store;
    this.#cache = cache;
    this.#sizeOf = sizeOf;
  }

  /** The bytes of a part of a pack. Where neither cache nor memory may hold the pack, just that part is fetched. */
  async read(pack: PackId, offset: number, length: number, signal: AbortSignal | undefined): Promise<Bytes> {
    const size = this.#sizeOf(pack);
    if (size <= TREE_PACK_MEMORY_MAX) {
      const bytes = await this.#whole(pack, size);
      if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
    }
    const range = { offset, length };
    return (await this.#cache?.read("data", pack, range)) ?? this.#store.get(pathOf("data", pack), { range, signal });
  }

  /** Forgets a pack whose bytes turned out to be wrong. True when trying again may help: the bytes may have come from the cache. */
  async drop(pack: PackId): Promise<boolean> {
    this.#release(pack, this.#held.get(pack));
    return (await this.#cache?.drop("data", pack)) ?? false;
  }

  #whole(pack: PackId, size: number): Promise<Bytes> {
    const known = this.#held.get(pack);
    if (known !== undefined) {
      this.#held.delete(pack);
      this.#held.set(pack, known);
      return known.bytes;
    }
    // Without the caller's signal: several callers may wait for the same bytes.
    const held: Held = { bytes: this.#fetch(pack), size };
    this.#held.set(pack, held);
    this.#heldBytes += size;
    held.bytes.catch(() => this.#release(pack, held));
    for (const [oldest, entry] of this.#held) {
      if (this.#heldBytes <= TREE_PACK_MEMORY_MAX) break;
      this.#release(oldest, entry);
    }
    return held.bytes;
  }

  #release(pack: PackId, held: Held | undefined): void {
    if (held === undefined || this.#held.get(pack) !== held) return;
    this.#held.delete(pack);
    this.#heldBytes -= held.size;
  }

  async #fetch(pack: PackId): Promise<Bytes> {
    const cached = await this.#cache?.read("data", pack);
    if (cached !== undefined) return cached;
    const bytes = await this.#store.get(pathOf("data", pack));
    await this.#cache?.write("data", pack, bytes);
    return bytes;
  }
}
