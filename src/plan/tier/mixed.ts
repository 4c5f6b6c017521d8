import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import { answersWithin } from "./cost.ts";
import type { Liveness } from "./liveness.ts";
import type { PackFacts } from "./pack-facts.ts";
import type { Wait } from "./rule.ts";
import type { PackSum } from "./tier-plan.ts";

export function fastestArchive(profile: ProviderProfile): Wait {
  return Math.min(Infinity, ...profile.classes.filter((facts) => !facts.instant).map(answersWithin));
}

/**
 * Bytes instantly readable only because they share a pack: blobs that an archive class would answer in time, in packs where another
 * blob needs more. Counted by blob; `packs` are the packs they sit in.
 */
export function mixedSum(packs: readonly PackFacts[], liveness: Liveness, archive: Wait): PackSum {
  let bytes = 0;
  let count = 0;
  for (const pack of packs) {
    if (pack.state.state !== "hot" || pack.isTree) continue;
    let cold = 0;
    let hot = 0;
    for (const blob of pack.blobs) {
      const times = liveness.timesOf(blob.id, "left");
      if (times === undefined) continue;
      if (times.any !== Infinity && liveness.needOf(blob.id, "left")! >= archive) cold += blob.length;
      else hot += blob.length;
    }
    if (hot === 0 || cold === 0) continue;
    bytes += cold;
    count += 1;
  }
  return { packs: count, bytes };
}
