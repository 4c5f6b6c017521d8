import { classOf, storageMonth } from "./cost.ts";
import { brokenBlobs } from "./broken.ts";
import { idleSeries } from "./idle.ts";
import { fastestArchive, mixedSum } from "./mixed.ts";
import { packFacts } from "./pack-facts.ts";
import type { TierFacts } from "./tier-facts.ts";
import type { IdleSeries, PackSum, PlanPrices } from "./tier-plan.ts";

export interface ClassLine extends PackSum {
  readonly storageClass: string;
  readonly state: string;
  /** undefined: the price list does not know the class. */
  readonly costPerMonth: number | undefined;
}

export interface TierStatus {
  readonly repository: string;
  readonly location: string;
  readonly at: string;
  readonly prices: PlanPrices;
  readonly classes: readonly ClassLine[];
  readonly total: PackSum;
  readonly costPerMonth: number;
  /** Bytes of packed data blobs by what holds them. */
  readonly current: PackSum;
  readonly history: PackSum;
  readonly trees: PackSum;
  readonly unreferencedBytes: number;
  readonly mixed: PackSum;
  readonly brokenBlobs: number;
  readonly brokenPacks: readonly string[];
  readonly idleSeries: readonly IdleSeries[];
}

/** What is where now, what it is for, and what it costs. */
export function tierStatus(facts: TierFacts): TierStatus {
  const { liveness, profile, states } = facts;
  const packs = packFacts(facts.index, states, liveness);
  const broken = brokenBlobs(facts.index, states, liveness, profile, "seen");
  const classes = classLines(facts);
  const current = { packs: 0, bytes: 0 };
  const history = { packs: 0, bytes: 0 };
  const trees = { packs: 0, bytes: 0 };
  let unreferencedBytes = 0;
  for (const pack of packs) {
    if (pack.isTree) {
      trees.packs++;
      trees.bytes += pack.state.size;
      continue;
    }
    let currentHere = 0;
    let historyHere = 0;
    for (const blob of pack.blobs) {
      const times = liveness.timesOf(blob.id, "left");
      if (times === undefined) unreferencedBytes += blob.length;
      else if (times.any === Infinity) currentHere += blob.length;
      else historyHere += blob.length;
    }
    current.bytes += currentHere;
    current.packs += currentHere > 0 ? 1 : 0;
    history.bytes += historyHere;
    history.packs += historyHere > 0 ? 1 : 0;
  }
  return {
    repository: facts.config.id,
    location: facts.location,
    at: new Date(liveness.now).toISOString(),
    prices: facts.prices,
    classes,
    total: { packs: states.size, bytes: classes.reduce((sum, line) => sum + line.bytes, 0) },
    costPerMonth: classes.reduce((sum, line) => sum + (line.costPerMonth ?? 0), 0),
    current,
    history,
    trees,
    unreferencedBytes,
    mixed: mixedSum(packs, liveness, fastestArchive(profile)),
    brokenBlobs: broken.length,
    brokenPacks: [...new Set(broken.flatMap((blob) => blob.packs))].sort(),
    idleSeries: idleSeries(facts, packs),
  };
}

function classLines(facts: TierFacts): ClassLine[] {
  const lines = new Map<string, { storageClass: string; state: string; packs: number; bytes: number; costPerMonth: number | undefined }>();
  for (const state of facts.states.values()) {
    const key = `${state.storageClass} ${state.state}`;
    const known = classOf(facts.profile, state.storageClass);
    const line = lines.get(key) ?? {
      storageClass: state.storageClass,
      state: state.state,
      packs: 0,
      bytes: 0,
      costPerMonth: known === undefined ? undefined : 0,
    };
    line.packs++;
    line.bytes += state.size;
    if (known !== undefined) line.costPerMonth = (line.costPerMonth ?? 0) + storageMonth(facts.profile, known, state.size);
    lines.set(key, line);
  }
  return [...lines.values()].sort((a, b) => b.bytes - a.bytes || (a.storageClass < b.storageClass ? -1 : 1));
}
