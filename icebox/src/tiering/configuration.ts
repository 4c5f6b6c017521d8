import { child, children, childText, parseXml } from "../http/xml.ts";
import { readFilter, wholeNumber } from "../lifecycle/filter.ts";
import type { Filter } from "../lifecycle/filter.ts";
import { invalidArgument, malformedXml } from "../s3-error.ts";
import type { ArchiveTier } from "./tiers.ts";

/** Which objects of INTELLIGENT_TIERING may sink into the archive tiers, and after how long without access. */
export interface TieringConfiguration {
  readonly id: string;
  readonly enabled: boolean;
  readonly filter: Filter;
  readonly tiers: readonly { readonly tier: ArchiveTier; readonly days: number }[];
  /** As it was put, for GET and LIST. */
  readonly source: string;
}

const LEAST_DAYS: Readonly<Record<ArchiveTier, number>> = { ARCHIVE_ACCESS: 90, DEEP_ARCHIVE_ACCESS: 180 };
const MOST_DAYS = 730;

export function parseTiering(id: string, text: string): TieringConfiguration {
  const root = parseXml(text);
  const status = childText(root, "Status");
  if (root.name !== "IntelligentTieringConfiguration" || (status !== "Enabled" && status !== "Disabled")) throw malformedXml();
  if (childText(root, "Id") !== id) throw invalidArgument("The configuration id in the body is not the one of the request", "id", id);
  const tiers = children(root, "Tiering").map((element): TieringConfiguration["tiers"][number] => {
    const tier = childText(element, "AccessTier");
    if (tier !== "ARCHIVE_ACCESS" && tier !== "DEEP_ARCHIVE_ACCESS") throw malformedXml();
    const days = wholeNumber(childText(element, "Days")) ?? 0;
    if (days < LEAST_DAYS[tier] || days > MOST_DAYS) {
      throw invalidArgument(`'Days' for ${tier} must be between ${LEAST_DAYS[tier]} and ${MOST_DAYS}`, "Days", String(days));
    }
    return { tier, days };
  });
  if (tiers.length === 0 || new Set(tiers.map(({ tier }) => tier)).size !== tiers.length) throw malformedXml();
  return {
    id,
    enabled: status === "Enabled",
    filter: readFilter(child(root, "Filter")),
    tiers,
    source: text.slice(text.indexOf("<Intell")),
  };
}
