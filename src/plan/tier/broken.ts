import type { BlobId, PackId } from "../../base/id.ts";
import type { BlobIndex, PackState } from "../../repo/repository.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import type { Liveness, LivenessView } from "./liveness.ts";
import { answerOf } from "./pack-facts.ts";
import type { Wait } from "./rule.ts";

/** A blob none of whose copies answers within its need. */
export interface BrokenBlob {
  readonly id: BlobId;
  readonly need: Wait;
  /** Of its fastest copy; Infinity when LIST vouches for none. */
  readonly answer: Wait;
  /** Packs with a copy that LIST shows, fastest first. */
  readonly packs: readonly PackId[];
}

/** Rule 3 of what always holds, blob by blob: every blob some snapshot refers to has a copy that answers within its need. */
export function brokenBlobs(
  index: BlobIndex,
  states: ReadonlyMap<PackId, PackState>,
  liveness: Liveness,
  profile: ProviderProfile,
  view: LivenessView,
): BrokenBlob[] {
  const broken: BrokenBlob[] = [];
  const answers = new Map<PackId, Wait>();
  const answer = (pack: PackId): Wait => {
    let known = answers.get(pack);
    if (known === undefined) {
      const state = states.get(pack);
      known = state === undefined ? Infinity : answerOf(state, profile);
      answers.set(pack, known);
    }
    return known;
  };
  for (const id of liveness.blobs()) {
    const need = liveness.needOf(id, view)!;
    const packs = index.lookup("data", id).map((location) => location.pack);
    if (packs.some((pack) => answer(pack) <= need)) continue;
    const listed = packs.filter((pack) => states.has(pack)).sort((a, b) => answer(a) - answer(b));
    broken.push({ id: id as BlobId, need, answer: Math.min(Infinity, ...packs.map(answer)), packs: listed });
  }
  return broken;
}
