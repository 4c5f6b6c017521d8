import { TIER_CURRENT_LIFE_MIN_MS, TIER_HORIZON_MS, TIER_RESTORED_PER_YEAR } from "../../base/limits.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { isCatchAll } from "./rule.ts";
import type { TierFacts } from "./tier-facts.ts";

/** What the plan took for granted, in words, so that nobody has to guess. */
export function assumptionsOf(facts: TierFacts): string[] {
  const { prices, profile, liveness } = facts;
  if (!facts.hasClasses)
    return [`${facts.location} has no storage classes: everything in it is readable at once, and there is nothing to move`];
  const lines = [
    `prices are those of ${prices.provider} ${prices.region} in ${prices.currency} as of ${prices.date}${prices.assumed ? ` (assumed: ${prices.why}; --provider and --region change it)` : ""}; taxes, discounts and volume steps are left out`,
    "an archived pack cannot go to a colder class without a thaw, so each pack is frozen once, straight to the class that is cheapest over its whole remaining life",
    facts.keepConfigured
      ? `remaining life: your keep policy run ahead, each series at its own cadence${facts.removals.coarse ? " (coarser in the far future)" : ""}`
      : "remaining life: no keep policy is configured, so nothing dies",
    `data that is current is taken to stay so for as long as it has been stored already, at least ${TIER_CURRENT_LIFE_MIN_MS / MS_PER_DAY} days`,
    `costs are compared over ${Math.round(TIER_HORIZON_MS / MS_PER_DAY / 365)} years at most; ${TIER_RESTORED_PER_YEAR * 100} % of the data is taken to be restored in a year; egress is the same for every class and left out`,
    "requests that every command makes (LIST, locks, index and folders) are not counted",
    "data that is current stays instantly readable whatever the rules allow, because the next backup would store it again",
  ];
  if (!liveness.rules.some(isCatchAll))
    lines.push("data that no recovery rule matches needs to be readable at once; a last rule such as { within: 48h } would cover it");
  if (profile.classes.every((storageClass) => storageClass.instant))
    lines.push(`${prices.provider} has no archive class in the price list, so nothing can be frozen`);
  if (facts.treesUnreadable)
    lines.unshift(
      "folders are in the ice, so nothing is known of what lies below them: this plan only brings them back; plan again when they are readable",
    );
  return lines;
}
