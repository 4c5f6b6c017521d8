import type { PackId } from "../../base/id.ts";
import { GIB, THAW_DAYS_DEFAULT } from "../../base/limits.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { PackState } from "../../repo/repository.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import type { BrokenBlob } from "./broken.ts";
import { cheapestTier, classOf, copyRequest, moveCost, storageMonth, thawPrice, thawTotal } from "./cost.ts";
import { formatWait, INSTANT, type Wait } from "./rule.ts";
import type { TierStep } from "./tier-plan.ts";

export interface Promotion {
  readonly pack: PackId;
  readonly need: Wait;
  readonly blobs: number;
}

/**
 * Which packs to bring back so that every broken blob has a good copy: greedily the pack that mends most, so that a blob with two
 * cold copies is paid for once.
 */
export function choosePromotions(broken: readonly BrokenBlob[], movable: (pack: PackId) => boolean): Promotion[] {
  const byPack = new Map<PackId, BrokenBlob[]>();
  for (const blob of broken) {
    for (const pack of blob.packs) if (movable(pack)) byPack.set(pack, [...(byPack.get(pack) ?? []), blob]);
  }
  const mended = new Set<string>();
  const chosen: Promotion[] = [];
  for (const [pack, blobs] of [...byPack].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))) {
    const open = blobs.filter((blob) => !mended.has(blob.id));
    if (open.length === 0) continue;
    for (const blob of open) mended.add(blob.id);
    chosen.push({ pack, need: Math.min(...open.map((blob) => blob.need)), blobs: open.length });
  }
  return chosen;
}

export function promoteStep(
  profile: ProviderProfile,
  pack: PackId,
  state: PackState,
  facts: { readonly need: Wait; readonly why: string; readonly now: number },
): TierStep | undefined {
  const from = classOf(profile, state.storageClass);
  const to = classOf(profile, "STANDARD");
  if (from === undefined || to === undefined) return undefined;
  // Its need is broken already: the cheapest dependable tier, however long it takes.
  const tier = state.state === "archived" || state.state === "thawing" ? cheapestTier(profile, from, state.size, Infinity) : undefined;
  const days = THAW_DAYS_DEFAULT;
  const thaw =
    tier !== undefined && tier.tier !== "Expedited"
      ? {
          tier: tier.tier,
          waitMs: tier.waitMs,
          days,
          price: state.state === "thawing" ? 0 : thawTotal(thawPrice(profile, tier, state.size, 1, days)),
        }
      : undefined;
  return {
    kind: "promote",
    pack,
    path: pathOf("data", pack),
    size: state.size,
    from: from.name,
    to: to.name,
    etag: state.etag,
    needMs: facts.need,
    why: facts.why,
    price: moveCost(from, to, state.size, facts.now - state.lastModified) + (thaw?.price ?? 0),
    retryPrice: copyRequest(from, to) + (from.retrievalPerGib * state.size) / GIB,
    savingPerMonth: storageMonth(profile, from, state.size) - storageMonth(profile, to, state.size),
    payBackDays: undefined,
    thaw,
  };
}

export function promotionReason(need: Wait, answer: Wait, blobs: number): string {
  const needed = need === INSTANT ? "at once" : `within ${formatWait(need)}`;
  return `${blobs} blob${blobs === 1 ? "" : "s"} needed ${needed}, here readable after ${formatWait(answer)}`;
}
