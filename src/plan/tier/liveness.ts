import type { StoredSnapshot } from "../../format/snapshot.ts";
import { type Profile, ProfileTable } from "./blob-profile.ts";
import { type TreeSource, walkReferences } from "./reference-walk.ts";
import { isCatchAll, type Rule, timeMatches, type Wait, INSTANT } from "./rule.ts";
import { type RuleSet, ruleStates } from "./rule-state.ts";
import { fineMs, type PlacedSnapshot, placeSnapshots, type SeriesOptions } from "./series.ts";

/** How a blob's history counts: plans freeze by `left`; a rule is broken by `seen`. */
export type LivenessView = "left" | "seen";

/** When data left, by rule; undefined where no reference ever matched. */
export interface BlobTimes {
  readonly byRule: readonly (number | undefined)[];
  readonly any: number;
  /** True when only series without a new snapshot for over 30 days keep it current. */
  readonly idle: boolean;
  readonly sets: readonly RuleSet[];
}

export interface Liveness {
  readonly now: number;
  readonly rules: readonly Rule[];
  readonly snapshots: readonly PlacedSnapshot[];
  /** Distinct histories; `timesOf(blob)` is one of them, the same object for the same history. */
  readonly histories: { readonly left: readonly BlobTimes[]; readonly seen: readonly BlobTimes[] };
  /** undefined: no snapshot refers to it. */
  timesOf(blob: string, view: LivenessView): BlobTimes | undefined;
  needOf(blob: string, view: LivenessView): Wait | undefined;
  /** Every data blob some snapshot refers to. */
  blobs(): Iterable<string>;
}

export interface LivenessInput {
  readonly snapshots: readonly StoredSnapshot[];
  readonly rules: readonly Rule[];
  readonly series: SeriesOptions;
  readonly nowNs: bigint;
  readonly source: TreeSource;
  readonly signal?: AbortSignal | undefined;
}

/**
 * When every data blob left, under every rule. Snapshots of all series are walked together, latest left first; walking series by
 * series or by the snapshots' own times would give wrong answers.
 */
export async function computeLiveness(input: LivenessInput): Promise<Liveness> {
  const now = fineMs(input.nowNs);
  const placed = placeSnapshots(input.snapshots, input.series, input.nowNs);
  const byLeft = [...placed].sort((a, b) => descending(a.left, b.left) || descending(a.time, b.time));
  const byTime = [...placed].sort((a, b) => descending(a.time, b.time));
  const left = await walkInto(byLeft, input);
  // Whoever backs up regularly has one order for both, and the second walk is saved.
  const sameOrder = byLeft.every((one, i) => i === 0 || byLeft[i - 1]!.time >= one.time);
  const seen = sameOrder ? left : await walkInto(byTime, input);
  const leftTimes = left.profiles.map((profile) => leftTimesOf(profile, byLeft));
  const seenTimes = seen.profiles.map((profile) => seenTimesOf(profile, sameOrder ? byLeft : byTime));
  const needs = new Map<BlobTimes, Map<BlobTimes, Wait>>();

  function timesOf(blob: string, view: LivenessView): BlobTimes | undefined {
    const number = (view === "left" ? left : seen).numberOf(blob);
    return number === undefined ? undefined : (view === "left" ? leftTimes : seenTimes)[number];
  }

  function needOf(blob: string, view: LivenessView): Wait | undefined {
    const byLeftTimes = timesOf(blob, "left");
    if (byLeftTimes === undefined) return undefined;
    const times = view === "left" ? byLeftTimes : timesOf(blob, "seen")!;
    const known = needs.get(byLeftTimes)?.get(times);
    if (known !== undefined) return known;
    const need = needAt(input.rules, view === "left" ? times : currentStays(times, byLeftTimes), now);
    needs.set(byLeftTimes, (needs.get(byLeftTimes) ?? new Map<BlobTimes, Wait>()).set(times, need));
    return need;
  }

  return {
    now,
    rules: input.rules,
    snapshots: placed,
    histories: { left: leftTimes, seen: seenTimes },
    timesOf,
    needOf,
    blobs: () => Iterator.from(left.blobs()).map(([blob]) => blob),
  };
}

/** The shortest `within` of the rules that match at `now`; instant when a reference is matched by none. */
export function needAt(rules: readonly Rule[], times: BlobTimes, now: number): Wait {
  let need = Infinity;
  let matching: RuleSet = 0;
  for (const [r, rule] of rules.entries()) {
    const left = times.byRule[r];
    if (left === undefined || !timeMatches(rule, left, now)) continue;
    matching |= 1 << r;
    need = Math.min(need, rule.within);
  }
  // Sets are only kept when no rule matches everything; a reference outside every matching rule needs instant.
  if (times.sets.some((set) => (set & matching) === 0)) return INSTANT;
  return need === Infinity ? INSTANT : need;
}

/** By `seen`, what is current stays current: only what has left counts from when it was last seen. */
function currentStays(seen: BlobTimes, left: BlobTimes): BlobTimes {
  return { ...seen, byRule: seen.byRule.map((time, r) => (left.byRule[r] === Infinity ? Infinity : time)) };
}

async function walkInto(order: readonly PlacedSnapshot[], input: LivenessInput): Promise<ProfileTable> {
  const table = new ProfileTable(input.rules.length, !input.rules.some(isCatchAll));
  await walkReferences(
    order,
    ruleStates(input.rules),
    input.source,
    (at, rules, content) => {
      for (const blob of content) table.meet(blob, at, rules);
    },
    input.signal,
  );
  return table;
}

function leftTimesOf(profile: Profile, order: readonly PlacedSnapshot[]): BlobTimes {
  const any = order[profile.first.at(-1)!];
  return {
    byRule: profile.first.slice(0, -1).map((at) => (at === -1 ? undefined : order[at]!.left)),
    any: any?.left ?? -Infinity,
    // Ties in `left` are walked newest first, so a current blob is met in a series that is not idle if there is one.
    idle: any !== undefined && any.left === Infinity && any.series.idle,
    sets: profile.sets,
  };
}

function seenTimesOf(profile: Profile, order: readonly PlacedSnapshot[]): BlobTimes {
  return {
    byRule: profile.first.slice(0, -1).map((at) => (at === -1 ? undefined : order[at]!.time)),
    any: order[profile.first.at(-1)!]?.time ?? -Infinity,
    idle: false,
    sets: profile.sets,
  };
}

function descending(a: number, b: number): number {
  return a === b ? 0 : a > b ? -1 : 1;
}
