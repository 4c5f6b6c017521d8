import type { PackId } from "../../base/id.ts";
import { THAW_MARGIN_MS } from "../../base/limits.ts";
import type { BlobLocation } from "../../format/blob.ts";
import type { PackState } from "../../repo/repository.ts";

/** Pack states by LIST, or undefined for a store without storage classes: there everything that exists is readable. */
export type PackStates = ReadonlyMap<PackId, PackState> | undefined;

export type Copy =
  | { readonly kind: "readable"; readonly at: BlobLocation }
  | { readonly kind: "frozen"; readonly at: BlobLocation; readonly state: PackState }
  | { readonly kind: "none" };

/**
 * The copy of a blob to read: a hot one first, then one that stays thawed long enough, then one LIST cannot vouch for (reading will
 * tell). A blob whose pack is gone from the listing is still tried last, so that the error names the pack.
 */
export function chooseCopy(copies: readonly BlobLocation[], states: PackStates, now: number): Copy {
  let best: Copy = { kind: "none" };
  let bestRank = Number.POSITIVE_INFINITY;
  for (const at of copies) {
    const state = states?.get(at.pack);
    const rank = states === undefined ? 0 : rankOf(state, now);
    if (rank >= bestRank) continue;
    bestRank = rank;
    best = state !== undefined && rank === FROZEN ? { kind: "frozen", at, state } : { kind: "readable", at };
  }
  return best;
}

const FROZEN = 3;
const GONE = 4;

function rankOf(state: PackState | undefined, now: number): number {
  if (state === undefined) return GONE;
  switch (state.state) {
    case "hot":
      return 0;
    case "thawed":
      return isReadableFor(state, now) ? 1 : FROZEN;
    case "unknown":
      return 2;
    case "archived":
    case "thawing":
      return FROZEN;
  }
}

/** Whether a temporary copy will last until a restore that begins now has surely read it. */
function isReadableFor(state: PackState, now: number): boolean {
  return state.until === undefined || state.until - now >= THAW_MARGIN_MS;
}
