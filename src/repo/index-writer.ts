import { INDEX_FULL_BLOBS, INDEX_MAX_AGE_MS } from "../base/limits.ts";
import type { PackedBlob } from "../format/blob.ts";
import { encodeIndex, type IndexedPack } from "../format/index-codec.ts";
import { decodeHeader } from "../format/pack-header.ts";
import type { ClosedPack } from "./open-pack.ts";
import type { Repository } from "./repository.ts";

/**
 * Packs that are stored but in no index file yet. A file is written when it is full or old (restic-format §4: 50 000 blobs, 10
 * minutes), so that a kill loses little of what a run has stored.
 */
export class IndexWriter {
  readonly #repo: Repository;
  /** The blobs as the header lists them: 41 bytes for each, as objects they would take five times that. */
  #packs: Pick<ClosedPack, "id" | "header">[] = [];
  #blobs = 0;
  #since: number;

  constructor(repo: Repository) {
    this.#repo = repo;
    this.#since = repo.world.clock.now();
  }

  /** Makes a stored pack visible to lookups, and writes an index file when it is time to. */
  async add(
    { id, header }: Pick<ClosedPack, "id" | "header">,
    blobs: readonly PackedBlob[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#repo.index.addPack(id, blobs);
    this.#packs.push({ id, header });
    this.#blobs += blobs.length;
    const age = this.#repo.world.clock.now() - this.#since;
    if (this.#blobs >= INDEX_FULL_BLOBS || age >= INDEX_MAX_AGE_MS) await this.flush(signal);
  }

  async flush(signal: AbortSignal | undefined): Promise<void> {
    const packs = this.#packs;
    this.#packs = [];
    this.#blobs = 0;
    this.#since = this.#repo.world.clock.now();
    if (packs.length === 0) return;
    const file = await this.#repo.saveUnpacked<"index">("index", encodeIndex(asListed(packs)), signal);
    for (const pack of packs) this.#repo.index.addFile(pack.id, file);
  }
}

function* asListed(packs: readonly Pick<ClosedPack, "id" | "header">[]): Iterable<IndexedPack> {
  for (const { id, header } of packs) yield { id, blobs: decodeHeader(header) };
}
