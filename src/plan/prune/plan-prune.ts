import { CorruptError, FirnError } from "../../base/error.ts";
import type { PackId } from "../../base/id.ts";
import { MIB, PACK_SIZE_MIN_MIB, PRUNE_SMALL_PACKS_MIN } from "../../base/limits.ts";
import type { PackedBlob } from "../../format/blob.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { PackState } from "../../repo/repository.ts";
import { keyOf, type PackTally, sizeOf, type Tallies, tallyPacks } from "./pack-tally.ts";
import { isCold, isDear, type PruneFacts } from "./prune-facts.ts";
import { type PruneOptions, unusedLimit } from "./prune-options.ts";
import { PruneStats } from "./prune-stats.ts";

/** A pack to be written anew, and the blobs of it that are worth it. */
export interface Repack {
  readonly pack: PackId;
  readonly size: number;
  readonly blobs: readonly PackedBlob[];
}

/** A pack that is not plainly readable, and so not touched while anything in it is needed. */
export interface ColdPack {
  readonly pack: PackId;
  readonly state: PackState;
  readonly unusedBytes: number;
}

/** What to do, in the order of doing it: delete `unreferenced`, repack, drop from the index, delete `remove` and what was repacked. */
export interface PrunePlan {
  readonly unreferenced: readonly PackId[];
  readonly repack: readonly Repack[];
  readonly remove: readonly PackId[];
  /** Indexed packs that are gone and that nobody needs: the index forgets them. */
  readonly forget: readonly PackId[];
  /** Partly dead packs in the ice: they stay as they are. */
  readonly coldKept: readonly ColdPack[];
  /** Partly dead packs of classes that charge for reading: they stay as well. */
  readonly dearKept: readonly ColdPack[];
  /** Wholly dead packs in the ice, among `remove` and `unreferenced`. */
  readonly coldRemoved: readonly ColdPack[];
  readonly stats: PruneStats;
}

/** Decides from metadata alone what may go and what is worth writing anew (restic-format §13). Reads no pack. */
export function planPrune(facts: PruneFacts, options: PruneOptions): PrunePlan {
  checkOptions(facts, options);
  const tallies = tallyPacks(facts);
  const sorter = new Sorter(facts, options, tallies);
  for (const [id, state] of facts.listed) sorter.place(id, state);
  const forget = missingPacks(facts, tallies, sorter.stats);
  const repacked = chooseRepacks(sorter, options);
  const stats = sorter.stats;
  stats.packs.unreferenced = sorter.unreferenced.length;
  stats.packs.remove = sorter.remove.length;
  stats.packs.repack = repacked.length;
  const leaving = new Set([...sorter.remove, ...repacked.map(({ id }) => id)]);
  return {
    unreferenced: sorter.unreferenced,
    repack: repacked.map((pack) => ({ pack: pack.id, size: sizeOf(pack), blobs: blobsToCopy(pack.id, facts, tallies, leaving) })),
    remove: sorter.remove,
    forget,
    coldKept: sorter.coldKept,
    dearKept: sorter.dearKept,
    coldRemoved: sorter.coldRemoved,
    stats,
  };
}

function checkOptions(facts: PruneFacts, options: PruneOptions): void {
  if (facts.version === 1 && options.repackUncompressed) {
    throw new FirnError({ code: "usage", message: "--repack-uncompressed: a repository of version 1 cannot hold compressed data" });
  }
  if (options.smallPackBytes !== undefined && options.smallPackBytes > facts.packSize) {
    throw new FirnError({
      code: "usage",
      message: `--repack-smaller-than is above the pack size of ${facts.packSize} bytes`,
      hint: "choose less, or a larger --pack-size",
    });
  }
}

interface Candidate extends PackTally {
  readonly mustCompress: boolean;
}

/** Puts every listed pack where it belongs. */
class Sorter {
  readonly unreferenced: PackId[] = [];
  readonly remove: PackId[] = [];
  readonly coldKept: ColdPack[] = [];
  readonly dearKept: ColdPack[] = [];
  readonly coldRemoved: ColdPack[] = [];
  readonly candidates: Candidate[] = [];
  readonly small: Candidate[] = [];
  readonly stats: PruneStats;
  readonly smallBelow: number;
  readonly #facts: PruneFacts;
  readonly #options: PruneOptions;
  readonly #tallies: Tallies;

  constructor(facts: PruneFacts, options: PruneOptions, tallies: Tallies) {
    this.#facts = facts;
    this.#options = options;
    this.#tallies = tallies;
    this.stats = PruneStats.of(tallies);
    this.smallBelow = options.smallPackBytes ?? usualSize(facts, tallies);
  }

  place(id: PackId, state: PackState): void {
    const pack = this.#tallies.packs.get(id);
    if (pack === undefined) {
      this.unreferenced.push(id);
      this.stats.bytes.unreferenced += state.size;
      if (isCold(state)) this.coldRemoved.push({ pack: id, state, unusedBytes: state.size });
      return;
    }
    if (pack.usedBlobs > 0 && sizeOf(pack) !== state.size) throw sizeError(id, state.size, sizeOf(pack));
    this.stats.countPack(pack, this.#facts.version);
    if (pack.usedBlobs === 0) {
      this.remove.push(id);
      this.stats.countRemoved(pack);
      if (isCold(state)) this.coldRemoved.push({ pack: id, state, unusedBytes: pack.unusedBytes });
    } else if (isCold(state)) {
      this.#keepAsItIs(pack, state, this.coldKept);
    } else if (isDear(state) && pack.type === "data" && !this.#options.repackUncompressed) {
      this.#keepAsItIs(pack, state, this.dearKept);
    } else {
      this.#placeReadable(pack, state.size);
    }
  }

  #keepAsItIs(pack: PackTally, state: PackState, kept: ColdPack[]): void {
    this.stats.packs.keep++;
    this.stats.coldUnusedBytes += pack.unusedBytes;
    if (pack.unusedBlobs > 0) kept.push({ pack: pack.id, state, unusedBytes: pack.unusedBytes });
  }

  #placeReadable(pack: PackTally, size: number): void {
    const { repackCacheableOnly, repackUncompressed } = this.#options;
    const mustCompress = this.#facts.version === 2 && pack.hasUncompressed && (pack.type === "tree" || repackUncompressed);
    if (repackCacheableOnly && pack.type === "data") this.stats.packs.keep++;
    else if (pack.unusedBlobs > 0 || pack.type === "mixed" || mustCompress) this.candidates.push({ ...pack, mustCompress });
    else if (size < this.smallBelow) this.small.push({ ...pack, mustCompress });
    else this.stats.packs.keep++;
  }
}

function sizeError(id: PackId, listed: number, expected: number): CorruptError {
  return new CorruptError({
    object: pathOf("data", id),
    check: `has ${listed} bytes where the index says ${expected}; nothing was removed`,
    hint: "run `firn check`; if the pack is sound, `restic repair index` reads it again",
  });
}

/** What counts as small when nobody says: well below nearly every pack there is, so that a tidy repository is left alone. */
function usualSize(facts: PruneFacts, tallies: Tallies): number {
  const sizes: number[] = [];
  for (const pack of tallies.packs.values()) {
    const state = facts.listed.get(pack.id);
    if (state === undefined || !isCold(state)) sizes.push(sizeOf(pack));
  }
  sizes.sort((a, b) => a - b);
  const low = sizes[Math.floor((sizes.length * 3) / 100)] ?? 0;
  return Math.floor((Math.max(PACK_SIZE_MIN_MIB * MIB, low) * 4) / 5);
}

/** Indexed packs the store does not list: forgotten when nobody needs them, else the end of it. */
function missingPacks(facts: PruneFacts, tallies: Tallies, stats: PruneStats): PackId[] {
  const forget: PackId[] = [];
  for (const pack of tallies.packs.values()) {
    if (facts.listed.has(pack.id)) continue;
    if (pack.usedBlobs > 0) {
      throw new CorruptError({
        object: pathOf("data", pack.id),
        check: `is missing, and snapshots need ${pack.usedBlobs} of its blobs; nothing was removed`,
        hint: "run `firn check` to see what is affected",
      });
    }
    forget.push(pack.id);
    stats.countRemoved(pack);
  }
  return forget;
}

/**
 * Takes candidates until enough unused data goes. Trees first, since they are read again and again; then what is small; then where most
 * is gained for the bytes moved. What lies in the ice does not count against the limit: no repacking here could get at it.
 */
function chooseRepacks(sorter: Sorter, options: PruneOptions): Candidate[] {
  const { stats, smallBelow } = sorter;
  const tooFew = sorter.small.length < PRUNE_SMALL_PACKS_MIN;
  if (tooFew) stats.packs.keep += sorter.small.length;
  const candidates = tooFew ? sorter.candidates : [...sorter.candidates, ...sorter.small];
  candidates.sort((a, b) => rankOf(a, smallBelow) - rankOf(b, smallBelow) || b.unusedBytes / sizeOf(b) - a.unusedBytes / sizeOf(a));
  const limit = unusedLimit(options.maxUnused, stats.bytes.used);
  const repacked: Candidate[] = [];
  for (const pack of candidates) {
    const fits = stats.bytes.repack + sizeOf(pack) < options.maxRepackBytes;
    const isDone = stats.remainingUnused() - stats.coldUnusedBytes < limit && sizeOf(pack) >= smallBelow;
    const isUrgent = pack.type !== "data" || pack.mustCompress;
    if (fits && (isUrgent || !isDone)) {
      repacked.push(pack);
      stats.countRepacked(pack);
    } else {
      stats.packs.keep++;
    }
  }
  return repacked;
}

function rankOf(pack: PackTally, smallBelow: number): number {
  if (pack.type !== "data") return 0;
  return sizeOf(pack) < smallBelow ? 1 : 2;
}

/** Needed blobs of a pack that leaves: those whose chosen copy this is, unless a pack that stays and is readable has one as well. */
function blobsToCopy(pack: PackId, facts: PruneFacts, tallies: Tallies, leaving: ReadonlySet<PackId>): PackedBlob[] {
  const stays = (home: PackId): boolean => {
    const state = facts.listed.get(home);
    return state !== undefined && !isCold(state) && !leaving.has(home);
  };
  const seen = new Set<string>();
  return facts.index.blobsOf(pack).filter((blob) => {
    const key = keyOf(blob);
    if (seen.has(key) || !facts.isUsed(blob.type, blob.id)) return false;
    seen.add(key);
    const chosen = tallies.chosen.get(key);
    return chosen === undefined || (chosen === pack && !(tallies.copies.get(key) ?? []).some(stays));
  });
}
