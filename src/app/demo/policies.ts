import { type Bill, rehearse, type Rehearsal } from "icebox";
import type { RetrievalTier } from "../../store/object-store.ts";
import type { Recorded } from "./recording.ts";

/** A way to keep costs down without knowing what is in the packs. */
export interface Policy {
  readonly name: string;
  /** Undefined: no lifecycle rule. */
  readonly lifecycle: { readonly days: number; readonly to: string } | undefined;
}

export const POLICIES: readonly Policy[] = [
  { name: "everything in STANDARD", lifecycle: undefined },
  { name: "GLACIER after 30 days", lifecycle: { days: 30, to: "GLACIER" } },
  { name: "DEEP_ARCHIVE after 1 day", lifecycle: { days: 1, to: "DEEP_ARCHIVE" } },
];

/** What getting something back takes: until it is readable, and what that alone costs. */
export interface Getting {
  readonly waitMs: number;
  readonly cost: number;
  readonly packs: number;
}

export interface PolicyYear {
  readonly policy: Policy;
  readonly bill: Bill;
  /** The lost file, asked for by the fastest tier that is always to be had. */
  readonly file: Getting;
  /** The oldest snapshot, by the cheapest tier. */
  readonly oldest: Getting;
}

export interface Replay {
  readonly events: readonly Recorded[];
  readonly start: number;
  readonly end: number;
  readonly region: string;
  /** Bytes of the server for each one recorded. */
  readonly scale: number;
  readonly filePacks: readonly string[];
  readonly oldestPacks: readonly string[];
  readonly days: number;
}

/** The same year under other rules: same uploads, same deletions, same requests, real lifecycle rules, the same price list. */
export function liveUnder(policy: Policy, replay: Replay): PolicyYear {
  const get = (packs: readonly string[], tier: RetrievalTier): Getting => {
    const { objects, waitMs, cost } = yearUnder(policy, replay).thaw(packs, tier, replay.days);
    return { waitMs, cost, packs: objects };
  };
  return {
    policy,
    bill: yearUnder(policy, replay).bill(),
    file: get(replay.filePacks, "Standard"),
    oldest: get(replay.oldestPacks, "Bulk"),
  };
}

function yearUnder({ lifecycle }: Policy, { events, start, end, region, scale }: Replay): Rehearsal {
  const year = rehearse({ start, region, lifecycle: lifecycle === undefined ? undefined : lifecycleXml(lifecycle) });
  for (const event of events) {
    year.moveTo(Math.max(year.now(), event.at));
    if (event.kind === "put") year.put(event.key, event.size * scale);
    else if (event.kind === "remove") year.remove(event.key);
    else year.charge(event.line);
  }
  year.moveTo(end);
  return year;
}

/** Only packs: nobody puts keys, index and snapshots where they must be thawed before anything can be read. */
function lifecycleXml({ days, to }: { readonly days: number; readonly to: string }): string {
  return (
    "<LifecycleConfiguration><Rule><ID>cold</ID><Status>Enabled</Status><Filter><Prefix>data/</Prefix></Filter>" +
    `<Transition><Days>${days}</Days><StorageClass>${to}</StorageClass></Transition></Rule></LifecycleConfiguration>`
  );
}
