import type { PackId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { assumptionsOf } from "./assumptions.ts";
import { type BrokenBlob, brokenBlobs } from "./broken.ts";
import { answersWithin, classOf, copyRequest, MS_PER_MONTH, storageMonth } from "./cost.ts";
import { chooseFreeze, type FreezeChoice } from "./freeze.ts";
import { idleSeries } from "./idle.ts";
import { fastestArchive, mixedSum } from "./mixed.ts";
import { answerOf, type PackFacts, packFacts } from "./pack-facts.ts";
import { choosePromotions, promoteStep, promotionReason } from "./promote.ts";
import { formatWait, INSTANT } from "./rule.ts";
import type { TierFacts } from "./tier-facts.ts";
import { type PackSum, TIER_PLAN_SCHEMA, type TierPlan, type TierStep } from "./tier-plan.ts";
import { MS_PER_DAY } from "../../base/time.ts";

export interface PlanOptions {
  /** Promote what is only colder than `left` asks for, not just what `seen` says is broken. */
  readonly strict: boolean;
}

/** Decides what to freeze and what to promote. Pure: the same facts give the same plan, byte for byte. */
export function makeTierPlan(facts: TierFacts, options: PlanOptions): TierPlan {
  const { liveness, profile, states } = facts;
  const packs = packFacts(facts.index, states, liveness);
  const broken = brokenBlobs(facts.index, states, liveness, profile, options.strict ? "left" : "seen");
  const promote = promotions(facts, packs, broken);
  const promoted = new Set(promote.map((step) => step.pack));
  const choices = packs.flatMap((pack) => {
    const choice = promoted.has(pack.id) || !facts.hasClasses ? undefined : chooseFor(facts, pack);
    return choice === undefined ? [] : [{ pack, choice }];
  });
  const now = liveness.now;
  const freeze = choices.filter(({ choice }) => choice.at === now).map(({ pack, choice }) => freezeStep(facts, pack, choice));
  const later = choices.filter(({ choice }) => choice.at > now);
  const steps = [...promote, ...freeze.sort((a, b) => b.savingPerMonth - a.savingPerMonth || (a.pack < b.pack ? -1 : 1))];
  const price = sum(steps.map((step) => step.price));
  const savingPerMonth = sum(steps.map((step) => step.savingPerMonth));
  return {
    schema: TIER_PLAN_SCHEMA,
    repository: facts.config.id,
    location: facts.location,
    createdAt: new Date(now).toISOString(),
    strict: options.strict,
    prices: facts.prices,
    recovery: liveness.rules.map((rule) => rule.text),
    assumptions: assumptionsOf(facts),
    steps,
    totals: { freeze: sizes(freeze), promote: sizes(promote), price, savingPerMonth, payBackDays: payBack(price, savingPerMonth) },
    mixed: mixedSum(packs, liveness, fastestArchive(profile)),
    later: { ...packSum(later.map(({ pack }) => pack)), next: isoOf(Math.min(...later.map(({ choice }) => choice.at))) },
    neverFrozen: {
      treePacks: packSum(packs.filter((pack) => pack.isTree)),
      unreferenced: packSum(packs.filter((pack) => !pack.isTree && pack.histories.length === 0)),
      unknown: packSum(packs.filter((pack) => pack.state.state === "unknown")),
    },
    idleSeries: idleSeries(facts, packs),
    unanswered: unanswered(broken, promote, facts),
  };
}

function chooseFor(facts: TierFacts, pack: PackFacts): FreezeChoice | undefined {
  const { liveness, profile, removals } = facts;
  const death = pack.blobs.reduce(
    (last, blob) =>
      blob.type === "data" && liveness.timesOf(blob.id, "left") !== undefined ? Math.max(last, facts.deathOf(blob.id)) : last,
    -Infinity,
  );
  return chooseFreeze(pack, liveness.rules, profile, death, removals.keepSpanMs, liveness.now);
}

function promotions(facts: TierFacts, packs: readonly PackFacts[], broken: readonly BrokenBlob[]): TierStep[] {
  const { profile, states } = facts;
  const now = facts.liveness.now;
  const movable = (pack: PackId): boolean => {
    const state = states.get(pack);
    return state !== undefined && state.state !== "hot" && state.state !== "unknown" && classOf(profile, state.storageClass) !== undefined;
  };
  const trees = packs
    .filter((pack) => pack.isTree && movable(pack.id))
    .map((pack) => promoteStep(profile, pack.id, pack.state, { need: INSTANT, why: "holds folders, which every command reads", now }));
  const treeIds = new Set(trees.map((step) => step?.pack));
  const data = choosePromotions(broken, (pack) => movable(pack) && !treeIds.has(pack)).map(({ pack, need, blobs }) => {
    const state = states.get(pack)!;
    return promoteStep(profile, pack, state, { need, why: promotionReason(need, answerOf(state, profile), blobs), now });
  });
  return [...trees, ...data].filter((step) => step !== undefined);
}

function freezeStep(facts: TierFacts, pack: PackFacts, choice: FreezeChoice): TierStep {
  const { profile, liveness } = facts;
  const from = classOf(profile, pack.state.storageClass)!;
  const saving = storageMonth(profile, from, pack.state.size) - storageMonth(profile, choice.to, pack.state.size);
  return {
    kind: "freeze",
    pack: pack.id,
    path: pathOf("data", pack.id),
    size: pack.state.size,
    from: from.name,
    to: choice.to.name,
    etag: pack.state.etag,
    needMs: choice.need,
    why: freezeReason(pack, choice, liveness.now),
    price: choice.price,
    retryPrice: copyRequest(from, choice.to),
    savingPerMonth: saving,
    payBackDays: payBack(choice.price, saving),
    thaw: undefined,
  };
}

function freezeReason(pack: PackFacts, choice: FreezeChoice, now: number): string {
  const left = Math.max(...pack.histories.map((history) => history.any));
  const life =
    choice.death === Infinity ? "no end in sight" : `about ${Math.max(1, Math.round((choice.death - now) / MS_PER_DAY))} days to live`;
  const since = left === Infinity ? "still current and unchanged" : `gone since ${new Date(left).toISOString().slice(0, 10)}`;
  const need = choice.need === INSTANT ? "needed at once" : `needed within ${formatWait(choice.need)}`;
  return `${since}, ${need}, ${life}; ${choice.to.name} answers ${choice.to.instant ? "at once" : `within ${formatWait(answersWithin(choice.to))}`}`;
}

/** Broken, and no pack to promote: no copy at all, or in a class nobody can vouch for. */
function unanswered(broken: readonly BrokenBlob[], promote: readonly TierStep[], facts: TierFacts): string[] {
  const mended = new Set(promote.map((step) => step.pack));
  return broken
    .filter((blob) => !blob.packs.some((pack) => mended.has(pack)))
    .map((blob) => {
      const where = blob.packs.map((pack) => `${pathOf("data", pack)} (${facts.states.get(pack)?.storageClass})`);
      return where.length === 0 ? `blob ${blob.id}: no pack that LIST shows holds it` : `blob ${blob.id}: ${where.join(", ")}`;
    });
}

function payBack(price: number, savingPerMonth: number): number | undefined {
  return savingPerMonth <= 0 ? undefined : ((price / savingPerMonth) * MS_PER_MONTH) / MS_PER_DAY;
}

function sizes(steps: readonly TierStep[]): PackSum {
  return { packs: steps.length, bytes: sum(steps.map((step) => step.size)) };
}

function packSum(packs: readonly PackFacts[]): PackSum {
  return { packs: packs.length, bytes: sum(packs.map((pack) => pack.state.size)) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function isoOf(ms: number): string | undefined {
  return ms === Infinity ? undefined : new Date(ms).toISOString();
}
