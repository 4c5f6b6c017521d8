import type { PackId } from "../../base/id.ts";
import type { PackedBlob } from "../../format/blob.ts";
import { headerEntryLength, PACK_OVERHEAD } from "../../format/pack-header.ts";
import { isCold, type PruneFacts } from "./prune-facts.ts";

/** How much of a pack is needed. */
export interface PackTally {
  readonly id: PackId;
  readonly type: "data" | "tree" | "mixed";
  /** Blobs no snapshot needs. */
  readonly dead: number;
  readonly hasUncompressed: boolean;
  readonly headerBytes: number;
  usedBlobs: number;
  /** Header and trailer count as used (restic-format §13). */
  usedBytes: number;
  /** Dead blobs and copies of needed blobs that another pack keeps. */
  unusedBlobs: number;
  unusedBytes: number;
}

export interface Tallies {
  readonly packs: ReadonlyMap<PackId, PackTally>;
  /** For blobs with several copies: the pack whose copy counts as used. */
  readonly chosen: ReadonlyMap<string, PackId>;
  /** Their copies, all packs. */
  readonly copies: ReadonlyMap<string, readonly PackId[]>;
  readonly duplicates: { readonly blobs: number; readonly bytes: number };
  readonly dead: { readonly blobs: number; readonly bytes: number };
}

export function keyOf(blob: Pick<PackedBlob, "type" | "id">): string {
  return blob.type === "tree" ? `t${blob.id}` : blob.id;
}

/** Counts used and unused bytes of every indexed pack; of a needed blob with several copies exactly one counts as used. */
export function tallyPacks(facts: PruneFacts): Tallies {
  const copies = findCopies(facts);
  const packs = new Map<PackId, PackTally>();
  const dead = { blobs: 0, bytes: 0 };
  const boxes = new Map<string, number>();
  for (const id of facts.index.packs()) {
    const tally = tallyPack(id, facts, copies);
    packs.set(id, tally.pack);
    dead.blobs += tally.pack.dead;
    dead.bytes += tally.deadBytes;
    for (const blob of tally.copied) boxes.set(`${keyOf(blob)} ${id}`, blob.length);
  }
  const boxOf = (key: string, pack: PackId): number => boxes.get(`${key} ${pack}`) ?? 0;
  const duplicates = { blobs: 0, bytes: 0 };
  const chosen = new Map<string, PackId>();
  for (const [key, homes] of copies) {
    const best = chooseHome(homes, packs, facts);
    chosen.set(key, best.id);
    const length = boxOf(key, best.id);
    best.usedBlobs++;
    best.usedBytes += length;
    best.unusedBlobs--;
    best.unusedBytes -= length;
    for (const home of homes) {
      if (home === best.id) continue;
      duplicates.blobs++;
      duplicates.bytes += boxOf(key, home);
    }
  }
  return { packs, chosen, copies, duplicates, dead };
}

/** Needed blobs that lie in more than one pack. */
function findCopies(facts: PruneFacts): Map<string, PackId[]> {
  const first = new Map<string, PackId>();
  const copies = new Map<string, PackId[]>();
  for (const pack of facts.index.packs()) {
    for (const blob of facts.index.blobsOf(pack)) {
      // Most blobs have one copy, and nothing is kept of those: a repository may have ten million.
      if (facts.index.copies(blob.type, blob.id) < 2 || !facts.isUsed(blob.type, blob.id)) continue;
      const key = keyOf(blob);
      const before = first.get(key);
      if (before === undefined) {
        first.set(key, pack);
        continue;
      }
      const homes = copies.get(key) ?? [before];
      // Twice in one pack is no second home.
      if (homes.at(-1) !== pack) copies.set(key, [...homes, pack]);
    }
  }
  return copies;
}

interface CountedPack {
  readonly pack: PackTally;
  readonly deadBytes: number;
  /** Its copies of blobs that other packs hold too. */
  readonly copied: readonly PackedBlob[];
}

function tallyPack(id: PackId, facts: PruneFacts, copies: ReadonlyMap<string, unknown>): CountedPack {
  const pack = { headerBytes: PACK_OVERHEAD, usedBlobs: 0, usedBytes: 0, unusedBlobs: 0, unusedBytes: 0 };
  const copied: PackedBlob[] = [];
  const seen = new Set<string>();
  let dead = 0;
  let deadBytes = 0;
  let hasUncompressed = false;
  const types = new Set<string>();
  for (const blob of facts.index.blobsOf(id)) {
    types.add(blob.type);
    hasUncompressed ||= blob.uncompressedLength === 0;
    pack.headerBytes += headerEntryLength(blob.uncompressedLength !== 0);
    const key = keyOf(blob);
    const isCopied = copies.has(key);
    const isNeeded = facts.isUsed(blob.type, blob.id) && !seen.has(key);
    // The same blob twice in one pack: the second one is as good as dead.
    seen.add(key);
    if (isNeeded && !isCopied) {
      pack.usedBlobs++;
      pack.usedBytes += blob.length;
      continue;
    }
    pack.unusedBlobs++;
    pack.unusedBytes += blob.length;
    if (isNeeded) {
      copied.push(blob);
    } else {
      dead++;
      deadBytes += blob.length;
    }
  }
  const type = types.size > 1 ? "mixed" : types.has("tree") ? "tree" : "data";
  pack.usedBytes += pack.headerBytes;
  return { pack: { id, type, dead, hasUncompressed, ...pack }, deadBytes, copied };
}

/** The size the pack must have. */
export function sizeOf(pack: PackTally): number {
  return pack.usedBytes + pack.unusedBytes;
}

/**
 * The copy to keep: one that is there and readable before one in the ice, since a duplicate in the ice exists only because a backup would
 * not rely on it; then one whose pack stays anyway, so that packs an interrupted prune has written are kept and its old ones go.
 */
function chooseHome(homes: readonly PackId[], packs: ReadonlyMap<PackId, PackTally>, facts: PruneFacts): PackTally {
  const ranked = homes.map((home) => packs.get(home)!).map((pack) => ({ pack, rank: rankOf(pack, facts) }));
  return ranked.reduce((best, next) => (next.rank < best.rank ? next : best)).pack;
}

function rankOf(pack: PackTally, facts: PruneFacts): number {
  const state = facts.listed.get(pack.id);
  const place = state?.size !== sizeOf(pack) ? 8 : isCold(state) ? 4 : 0;
  if (pack.dead === 0) return place + (pack.usedBlobs > 0 ? 0 : 1);
  return place + (pack.usedBlobs > 0 ? 2 : 3);
}
