import type { PackId } from "../../base/id.ts";
import { RANGE_REQUEST_MAX } from "../../base/limits.ts";
import { formatMoney } from "../../base/money.ts";
import type { PrunePlan } from "../../plan/prune/plan-prune.ts";
import type { PlanPrices } from "../../plan/tier/tier-plan.ts";
import type { PackState } from "../../repo/repository.ts";
import { classOf } from "../../store/profile/provider-profile.ts";
import type { Attempt } from "../../store/wrap/charges.ts";
import { CostCeilingError, priceOf } from "../max-cost.ts";
import type { Priced } from "../tier/prices.ts";

/** One-off charges of a prune, known before it begins. Index files, LIST and retries come on top; `--max-cost` bounds these as well. */
export interface PruneCost {
  readonly total: number;
  readonly prices: PlanPrices;
  /** Classes whose prices nobody knows; what is done to their packs is not in the total. */
  readonly unpriced: readonly string[];
}

export function pruneCost(
  plan: PrunePlan,
  listed: ReadonlyMap<PackId, PackState>,
  packSize: number,
  { profile, prices }: Priced,
  now: number,
): PruneCost {
  let total = 0;
  const unpriced = new Set<string>();
  const add = (attempt: Attempt, times = 1): void => {
    if (classOf(profile, attempt.storageClass) === undefined) unpriced.add(attempt.storageClass);
    else total += priceOf(profile, attempt) * times;
  };
  const about = (kind: Attempt["kind"], pack: PackId, bytes?: number): Attempt | undefined => {
    const state = listed.get(pack);
    if (state === undefined) return undefined;
    return { kind, storageClass: state.storageClass, bytes: bytes ?? state.size, ageMs: now - state.lastModified };
  };
  let written = 0;
  for (const { pack, size, blobs } of plan.repack) {
    const bytes = blobs.reduce((sum, blob) => sum + blob.length, 0);
    written += bytes;
    const read = about("read", pack, bytes);
    if (read === undefined) continue;
    add(read);
    add({ ...read, kind: "get", bytes: 0 }, Math.max(1, Math.ceil(size / RANGE_REQUEST_MAX)));
  }
  add({ kind: "put", storageClass: "STANDARD", bytes: 0, ageMs: 0 }, Math.ceil(written / packSize));
  for (const pack of [...plan.unreferenced, ...plan.remove, ...plan.repack.map((repack) => repack.pack)]) {
    const gone = about("delete", pack);
    if (gone !== undefined) add(gone);
  }
  return { total, prices, unpriced: [...unpriced].sort() };
}

/** Before anything is changed: a prune that is known to cost more than it may does not begin. */
export function refuseAbove(ceiling: number | undefined, cost: PruneCost | undefined): void {
  if (ceiling === undefined || cost === undefined || cost.total <= ceiling) return;
  const money = (amount: number): string => formatMoney(amount, cost.prices.currency);
  throw new CostCeilingError({
    message: `this prune would cost ${money(cost.total)}, more than --max-cost ${money(ceiling)}; nothing was removed`,
    hint: "raise --max-cost, or do less: --max-repack-size 0 repacks nothing; early deletion ends with the class's minimum duration",
  });
}
