import { THAW_MARGIN_MS } from "../../base/limits.ts";
import type { PackState } from "../../repo/repository.ts";
import { answersWithin, classOf } from "../../plan/tier/cost.ts";
import { packNeed } from "../../plan/tier/pack-facts.ts";
import type { TierFacts } from "../../plan/tier/tier-facts.ts";
import type { TierPlan, TierStep } from "../../plan/tier/tier-plan.ts";

/** What a step amounts to under the facts of this slice. */
export type StepNow =
  | { readonly kind: "move"; readonly state: PackState }
  | { readonly kind: "thaw"; readonly state: PackState }
  | { readonly kind: "wait" }
  | { readonly kind: "done" }
  | { readonly kind: "drop"; readonly why: string };

/** Holds a planned step against fresh facts: its pack's index entry, class, bytes and need must still be what the plan saw. */
export function recheck(step: TierStep, facts: TierFacts, fresh: TierPlan): StepNow {
  const state = facts.states.get(step.pack);
  if (state === undefined) return drop("the pack is gone");
  if (!facts.index.hasPack(step.pack)) return drop("the pack is no longer in the index");
  if (state.storageClass === step.to) return { kind: "done" };
  if (state.storageClass !== step.from) return drop(`its class is now ${state.storageClass}`);
  if (state.size !== step.size) return drop(`its size is now ${state.size} bytes`);
  if (step.etag !== undefined && state.etag !== undefined && state.etag !== step.etag)
    return drop("the object was written again since the plan");
  return step.kind === "freeze" ? freezeNow(step, state, facts) : promoteNow(step, state, facts, fresh);
}

function freezeNow(step: TierStep, state: PackState, facts: TierFacts): StepNow {
  const to = classOf(facts.profile, step.to);
  if (to === undefined) return drop(`the price list does not know ${step.to}`);
  if (state.state !== "hot") return drop("the pack is not readable now");
  if (facts.index.isTreePack(step.pack)) return drop("the pack holds folders");
  const need = packNeed(facts.index.blobsOf(step.pack), facts.liveness, "left");
  if (need === undefined) return drop("no snapshot refers to it any more");
  if (answersWithin(to) > need.wait || (need.current && !to.instant)) return drop("its data is needed faster now");
  return { kind: "move", state };
}

function promoteNow(step: TierStep, state: PackState, facts: TierFacts, fresh: TierPlan): StepNow {
  if (classOf(facts.profile, step.to)?.instant !== true) return drop(`${step.to} is no class that answers at once`);
  if (!fresh.steps.some((other) => other.kind === "promote" && other.pack === step.pack))
    return drop("its data has a fast enough copy now");
  switch (state.state) {
    case "archived":
      return { kind: "thaw", state };
    case "thawing":
      return { kind: "wait" };
    case "thawed":
      // A copy about to end may be gone before the move reads it; asking again extends it.
      return (state.until ?? 0) > facts.liveness.now + THAW_MARGIN_MS ? { kind: "move", state } : { kind: "thaw", state };
    case "hot":
      return { kind: "move", state };
    case "unknown":
      return drop(`LIST cannot vouch for ${state.storageClass}`);
  }
}

function drop(why: string): StepNow {
  return { kind: "drop", why };
}
