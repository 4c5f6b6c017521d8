import { kindOfClass } from "../class-names.ts";
import type { RetrievalTier } from "../object-store.ts";
import { type Figure, figureAt, isTable, per1000, perGib, stepsAt, type Table, tableAt } from "./figure.ts";
import type { ClassFacts, TierFacts } from "./provider-profile.ts";
import { waitOf } from "./wait.ts";

/** Not chosen by a plan: LIST does not show where an object is, or one building holds everything. */
const NO_TARGETS: ReadonlySet<string> = new Set(["INTELLIGENT_TIERING", "ONEZONE_IA"]);

/** Lives in buckets of another kind, which hold no repository. */
const ELSEWHERE = "EXPRESS_ONEZONE";

/** Notes every price it is asked for, so that a profile can say how old and how sure its prices are. */
export type Note = (figure: Figure) => Figure;

/** Facts of one class, or undefined when its storage or its requests have no price: what is unknown is not assumed. */
export function classFacts(name: string, table: Table, standard: Table | undefined, note: Note): ClassFacts | undefined {
  if (name === ELSEWHERE) return undefined;
  const storage = stepsAt(table, "storage_tiers")[0]?.figure ?? figureAt(table, "storage");
  // "requests": one price for all, said once for the region.
  const flat = figureAt(table, "requests") ?? figureAt(standard, "requests");
  const put = figureAt(table, "put_copy_post", "class_a_ops", "class_a") ?? flat;
  const get = figureAt(table, "get_head_other", "class_b_ops", "class_b") ?? flat;
  if (storage === undefined || put === undefined || get === undefined) return undefined;
  const instant = table["needs_restore"] !== true;
  const tiers = tiersOf(tableAt(table, "restore"), note);
  if (!instant && tiers.length === 0) return undefined;
  const overhead = tableAt(table, "overhead_bytes_per_object");
  const lifecycle = figureAt(table, "lifecycle_transition_in");
  const retrieval = figureAt(table, "retrieval_per_gib");
  return {
    name,
    instant,
    target: !NO_TARGETS.has(name) && isKnownAs(name, instant),
    storagePerGibMonth: perGib(note(storage)),
    putPer1000: per1000(note(put)),
    getPer1000: per1000(note(get)),
    lifecycleInPer1000: lifecycle === undefined ? per1000(put) : per1000(note(lifecycle)),
    retrievalPerGib: retrieval === undefined ? 0 : perGib(note(retrieval)),
    minDays: figureAt(table, "min_storage_days")?.value ?? 0,
    minBillableBytes: figureAt(table, "min_billable_object_bytes")?.value ?? 0,
    overheadStandardBytes: figureAt(overhead, "at_STANDARD_rate")?.value ?? 0,
    overheadClassBytes: figureAt(overhead, "at_class_rate")?.value ?? 0,
    tiers: instant ? [] : tiers,
  };
}

/** What LIST does not vouch for afterwards would fail every verify, and no backup would rely on it. */
function isKnownAs(name: string, instant: boolean): boolean {
  return kindOfClass(name) === (instant ? "instant" : "archive");
}

const TIERS: Readonly<Record<string, RetrievalTier | undefined>> = {
  Expedited: "Expedited",
  Standard: "Standard",
  Bulk: "Bulk",
  default: undefined,
};

/** A tier without a published time, or without any price where the others have one, cannot be promised to anybody. */
function tiersOf(restore: Table | undefined, note: Note): TierFacts[] {
  return Object.entries(restore ?? {})
    .flatMap(([name, facts]): TierFacts[] => {
      if (!isTable(facts) || !Object.hasOwn(TIERS, name)) return [];
      const waitMs = waitOf(facts["typical_time"]);
      const requests = figureAt(facts, "per_1000_requests");
      const bytes = figureAt(facts, "per_gib");
      if (waitMs === undefined || (requests === undefined && bytes === undefined)) return [];
      return [
        {
          tier: TIERS[name],
          per1000: requests === undefined ? 0 : per1000(note(requests)),
          perGib: bytes === undefined ? 0 : perGib(note(bytes)),
          waitMs,
        },
      ];
    })
    .sort((a, b) => b.waitMs - a.waitMs);
}
