import { TIER_CURRENT_LIFE_MIN_MS, TIER_HORIZON_MS } from "../../base/limits.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { packSizeOf } from "../../format/pack-header.ts";
import type { ClassFacts, ProviderProfile } from "../../store/profile/provider-profile.ts";
import { answersWithin, classOf, earlyDeletionFee, expectedReads, moveCost, storage } from "./cost.ts";
import { type NeedSegment, needCurve } from "./need-curve.ts";
import type { PackFacts } from "./pack-facts.ts";
import type { Rule, Wait } from "./rule.ts";

/** Where a pack should go, and when; `at` is now for a step of this plan, later for one of a later plan. */
export interface FreezeChoice {
  readonly to: ClassFacts;
  readonly at: number;
  /** Shortest need from then on. */
  readonly need: Wait;
  readonly price: number;
  /** Over the remaining life (or the horizon), against staying where it is. */
  readonly lifeSaving: number;
  readonly death: number;
}

/** Where a plan may move packs. STANDARD_IA is passed over where GLACIER_IR, a third of its price by the month, is as quick. */
export function freezeTargets(profile: ProviderProfile): ClassFacts[] {
  const passed = new Set(["STANDARD", "REDUCED_REDUNDANCY", ...(classOf(profile, "GLACIER_IR") === undefined ? [] : ["STANDARD_IA"])]);
  return profile.classes.filter((facts) => facts.target && !passed.has(facts.name) && answersWithin(facts) !== Infinity);
}

/**
 * The one move, now or at a later change of need, that makes the pack's remaining life cheapest; undefined when staying is. Each
 * pack moves once: out of an archive class nothing goes colder without a thaw, and leaving GLACIER_IR by copy costs as
 * much as years of DEEP_ARCHIVE.
 */
export function chooseFreeze(
  facts: PackFacts,
  rules: readonly Rule[],
  profile: ProviderProfile,
  simulatedDeath: number,
  keepSpanMs: number,
  now: number,
): FreezeChoice | undefined {
  const from = classOf(profile, facts.state.storageClass);
  if (from === undefined || facts.isTree || facts.histories.length === 0 || facts.state.state !== "hot") return undefined;
  // Damaged: `check` must be able to read it, and nobody should pay for keeping it.
  if (facts.state.size !== packSizeOf(facts.blobs)) return undefined;
  const targets = freezeTargets(profile);
  if (targets.includes(from)) return undefined;
  const currentUntil = now + Math.max(TIER_CURRENT_LIFE_MIN_MS, now - facts.state.lastModified);
  const end = now + TIER_HORIZON_MS;
  const expected = facts.current ? currentUntil + keepSpanMs : simulatedDeath;
  const death = Math.max(now + MS_PER_DAY, Math.min(end, expected));
  const curve = needCurve(rules, facts.histories, now, currentUntil, death);
  const stay = lifeCost(profile, facts, from, from, now, death, curve, now);
  let best: FreezeChoice | undefined;
  for (const segment of curve) {
    for (const to of targets) {
      if (answersWithin(to) > segment.shortestLater) continue;
      const cost = lifeCost(profile, facts, from, to, segment.from, death, curve, now);
      const lifeSaving = stay - cost;
      if (lifeSaving <= (best?.lifeSaving ?? 0)) continue;
      const price = moveCost(from, to, facts.state.size, segment.from - facts.state.lastModified);
      best = { to, at: segment.from, need: segment.shortestLater, price, lifeSaving, death: expected };
    }
  }
  return best;
}

/** Storage, the move, reads and the rest of a minimum duration, from now to the pack's death. */
function lifeCost(
  profile: ProviderProfile,
  facts: PackFacts,
  from: ClassFacts,
  to: ClassFacts,
  at: number,
  death: number,
  curve: readonly NeedSegment[],
  now: number,
): number {
  const { size, lastModified } = facts.state;
  const stays = from.name === to.name;
  const entered = stays ? lastModified : at;
  let cost = stays ? 0 : storage(profile, from, size, at - now) + moveCost(from, to, size, at - lastModified);
  cost += storage(profile, to, size, death - (stays ? now : at)) + earlyDeletionFee(to, size, death - entered);
  for (const [i, segment] of curve.entries()) {
    const until = curve[i + 1]?.from ?? death;
    const before = Math.min(until, at) - segment.from;
    const after = until - Math.max(segment.from, at);
    if (!stays && before > 0) cost += expectedReads(profile, from, size, before, segment.need);
    cost += expectedReads(profile, to, size, stays ? until - segment.from : after, segment.need);
  }
  return cost;
}
