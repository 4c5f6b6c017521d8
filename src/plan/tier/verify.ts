import type { PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { BlobIndex, PackState } from "../../repo/repository.ts";
import { kindOfClass } from "../../store/class-names.ts";
import type { ObjectInfo } from "../../store/object-store.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import { type BrokenBlob, brokenBlobs } from "./broken.ts";
import type { Liveness } from "./liveness.ts";

/** What `verify` found; `ok` is what the exit code says. */
export interface TierVerdict {
  readonly ok: boolean;
  readonly blobs: number;
  /** Broken by `seen` (or by `left` under --strict): these fail. */
  readonly broken: readonly BrokenBlob[];
  /** Broken only by `left`: snapshots in between were forgotten, and data counts as gone later than when it was frozen. */
  readonly warned: readonly BrokenBlob[];
  /** Files that every command reads, in a class that must be thawed or that LIST cannot vouch for. */
  readonly frozenMetadata: readonly FrozenFile[];
}

export interface FrozenFile {
  readonly path: string;
  readonly storageClass: string;
}

/** Proves rule 3 (and rule 2, without which nothing could be read) from index, trees and LIST alone. */
export function verifyTiers(facts: {
  readonly index: BlobIndex;
  readonly states: ReadonlyMap<PackId, PackState>;
  readonly liveness: Liveness;
  readonly profile: ProviderProfile;
  readonly strict: boolean;
  readonly frozenMetadata: readonly FrozenFile[];
}): TierVerdict {
  const { index, states, liveness, profile } = facts;
  const byLeft = brokenBlobs(index, states, liveness, profile, "left");
  const bySeen = brokenBlobs(index, states, liveness, profile, "seen");
  const failed = new Set(bySeen.map((blob) => blob.id));
  const broken = facts.strict ? byLeft : bySeen;
  const warned = facts.strict ? [] : byLeft.filter((blob) => !failed.has(blob.id));
  let blobs = 0;
  for (const _ of liveness.blobs()) blobs++;
  return { ok: broken.length === 0 && facts.frozenMetadata.length === 0, blobs, broken, warned, frozenMetadata: facts.frozenMetadata };
}

/** Tree packs that are not readable at once. */
export function frozenTreePacks(index: BlobIndex, states: ReadonlyMap<PackId, PackState>): FrozenFile[] {
  const frozen: FrozenFile[] = [];
  for (const pack of index.packs()) {
    const state = index.isTreePack(pack) ? states.get(pack) : undefined;
    if (state !== undefined && state.state !== "hot") frozen.push({ path: pathOf("data", pack), storageClass: state.storageClass });
  }
  return frozen;
}

/** Of config, keys, snapshots and index files: those not in an instant class. */
export function frozenFiles(files: Iterable<ObjectInfo>): FrozenFile[] {
  return Iterator.from(files)
    .filter((info) => kindOfClass(info.storageClass) !== "instant")
    .map((info) => ({ path: info.key, storageClass: info.storageClass }))
    .toArray();
}
