import { MS_PER_DAY } from "../../base/time.ts";
import { classOf, storageMonth } from "./cost.ts";
import type { PackFacts } from "./pack-facts.ts";
import type { Series } from "./series.ts";
import type { TierFacts } from "./tier-facts.ts";
import type { IdleSeries } from "./tier-plan.ts";

/** Series without a new snapshot for over 30 days, and what packs that only they keep current cost a month. */
export function idleSeries(facts: Pick<TierFacts, "liveness" | "profile">, packs: readonly PackFacts[]): IdleSeries[] {
  const idle = new Set<Series>(facts.liveness.snapshots.map((placed) => placed.series).filter((series) => series.idle));
  if (idle.size === 0) return [];
  const hot = packs.filter((pack) => pack.idle && pack.state.state === "hot");
  const bytes = hot.reduce((total, pack) => total + pack.state.size, 0);
  const costPerMonth = hot.reduce((total, pack) => {
    const storageClass = classOf(facts.profile, pack.state.storageClass);
    return storageClass === undefined ? total : total + storageMonth(facts.profile, storageClass, pack.state.size);
  }, 0);
  return [...idle].map((series) => ({
    name: series.name,
    newest: new Date(series.newest!).toISOString(),
    days: Math.floor((facts.liveness.now - series.newest!) / MS_PER_DAY),
    bytes,
    costPerMonth,
  }));
}
