import { type BlobTimes, needAt } from "./liveness.ts";
import { INSTANT, matchEnds, type Rule, type Wait } from "./rule.ts";

/** The need from `from` on, and the shortest need at any later time: what a class must answer to be entered then for good. */
export interface NeedSegment {
  readonly from: number;
  readonly need: Wait;
  readonly shortestLater: Wait;
}

/**
 * How fast a pack must answer, now and later, if no snapshot changes it. What is current is taken to leave at `currentUntil`;
 * until then it is kept instantly readable whatever the rules allow, because the next backup would store it once more.
 */
export function needCurve(
  rules: readonly Rule[],
  histories: readonly BlobTimes[],
  now: number,
  currentUntil: number,
  end: number,
): NeedSegment[] {
  const times = histories.map((history) => withCurrentUntil(history, currentUntil));
  const current = histories.some((history) => history.any === Infinity);
  const moments = new Set<number>([now]);
  for (const history of times) {
    for (const [r, rule] of rules.entries()) {
      const left = history.byRule[r];
      const ends = left === undefined ? undefined : matchEnds(rule, left);
      if (ends !== undefined && ends > now && ends < end) moments.add(ends);
    }
  }
  if (current && currentUntil < end) moments.add(currentUntil);
  let shortestLater = Infinity;
  const backwards = [...moments]
    .sort((a, b) => b - a)
    .map((from) => {
      const need = current && from < currentUntil ? INSTANT : Math.min(...times.map((history) => needAt(rules, history, from)));
      shortestLater = Math.min(shortestLater, need);
      return { from, need, shortestLater };
    });
  return backwards.reverse();
}

/**
 * One history that stands for many: time selectors only ever end, so a rule matches one of them at a time exactly when it matches
 * the one that left last. References that no rule matches are another matter and keep their histories apart.
 */
export function mergeHistories(histories: Iterable<BlobTimes>): BlobTimes[] {
  const apart: BlobTimes[] = [];
  let merged: BlobTimes | undefined;
  for (const history of new Set(histories)) {
    if (history.sets.length > 0) apart.push(history);
    else merged = merged === undefined ? history : later(merged, history);
  }
  return merged === undefined ? apart : [...apart, merged];
}

function later(a: BlobTimes, b: BlobTimes): BlobTimes {
  const byRule = a.byRule.map((left, r) => {
    const other = b.byRule[r];
    return left === undefined ? other : other === undefined ? left : Math.max(left, other);
  });
  return { byRule, any: Math.max(a.any, b.any), idle: (a.any !== Infinity || a.idle) && (b.any !== Infinity || b.idle), sets: [] };
}

function withCurrentUntil(history: BlobTimes, until: number): BlobTimes {
  if (history.any !== Infinity) return history;
  return { ...history, byRule: history.byRule.map((left) => (left === Infinity ? until : left)) };
}
