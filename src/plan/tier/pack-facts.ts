import type { PackId } from "../../base/id.ts";
import type { PackedBlob } from "../../format/blob.ts";
import type { BlobIndex, PackState } from "../../repo/repository.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import { answersWithin, classOf } from "./cost.ts";
import type { BlobTimes, Liveness, LivenessView } from "./liveness.ts";
import { mergeHistories } from "./need-curve.ts";
import { INSTANT, type Wait } from "./rule.ts";

/** What is known of one pack of data blobs that the index and LIST both show. */
export interface PackFacts {
  readonly id: PackId;
  readonly state: PackState;
  readonly blobs: readonly PackedBlob[];
  readonly isTree: boolean;
  /** Merged histories of its referenced blobs; empty when nothing refers to the pack. */
  readonly histories: readonly BlobTimes[];
  readonly current: boolean;
  /** True when it is current only through series that have been idle for over 30 days. */
  readonly idle: boolean;
  readonly usedBytes: number;
  readonly unusedBytes: number;
}

/** From request to readable where the pack is now; Infinity when LIST cannot vouch for it. */
export function answerOf(state: PackState, profile: ProviderProfile): Wait {
  if (state.state === "hot") return INSTANT;
  if (state.state === "unknown") return Infinity;
  const facts = classOf(profile, state.storageClass);
  return facts === undefined ? Infinity : answersWithin(facts);
}

export function packFacts(index: BlobIndex, states: ReadonlyMap<PackId, PackState>, liveness: Liveness): PackFacts[] {
  const facts: PackFacts[] = [];
  for (const id of index.packs()) {
    const state = states.get(id);
    if (state === undefined) continue;
    facts.push(factsOf(id, state, index, liveness));
  }
  return facts;
}

function factsOf(id: PackId, state: PackState, index: BlobIndex, liveness: Liveness): PackFacts {
  const blobs = index.blobsOf(id);
  const seen = new Set<BlobTimes>();
  let usedBytes = 0;
  for (const blob of blobs) {
    const times = blob.type === "data" ? liveness.timesOf(blob.id, "left") : undefined;
    if (times === undefined) continue;
    seen.add(times);
    usedBytes += blob.length;
  }
  const histories = mergeHistories(seen);
  const current = histories.some((history) => history.any === Infinity);
  return {
    id,
    state,
    blobs,
    isTree: index.isTreePack(id),
    histories,
    current,
    idle: current && histories.every((history) => history.any !== Infinity || history.idle),
    usedBytes,
    unusedBytes: Math.max(0, state.size - usedBytes),
  };
}

/** The shortest need, now, of the pack's referenced blobs; undefined when nothing refers to it. */
export function packNeed(
  blobs: readonly PackedBlob[],
  liveness: Liveness,
  view: LivenessView,
): { readonly wait: Wait; readonly current: boolean } | undefined {
  let wait = Infinity;
  let current = false;
  for (const blob of blobs) {
    const need = blob.type === "data" ? liveness.needOf(blob.id, view) : undefined;
    if (need === undefined) continue;
    wait = Math.min(wait, need);
    current ||= liveness.timesOf(blob.id, "left")!.any === Infinity;
  }
  return wait === Infinity ? undefined : { wait, current };
}
