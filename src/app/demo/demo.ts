import type { Bill } from "icebox";
import { THAW_DAYS_DEFAULT } from "../../base/limits.ts";
import { packsOfFile, packsOfSnapshot } from "./get-back.ts";
import { billOfLarger } from "./larger.ts";
import type { DemoResult, DemoWish, DemoYear } from "./news.ts";
import { liveUnder, POLICIES, type PolicyYear, type Replay } from "./policies.ts";
import { SCALE } from "./scale.ts";
import { LOST_FILE } from "./server.ts";
import { BUCKET, openStage, REGION } from "./stage.ts";
import { bringBackFile, bringBackOldest } from "./stories.ts";
import { verify } from "./upkeep.ts";
import { FIRST_NIGHT, liveThroughYear } from "./year.ts";

const HUNDRED_GB = 100e9;

/** A year of nightly backups on a clock that is moved, the two restores everybody fears, and the bill beside what other rules would have cost. */
export async function runDemo(wish: DemoWish): Promise<DemoResult> {
  await using stage = await openStage({ ...wish, start: FIRST_NIGHT });
  const year = await liveThroughYear(stage, wish);
  const { last } = year;
  const bill = stage.icebox.ledger();
  const end = stage.clock.now();
  const [filePacks, oldestPacks] = [
    await packsOfFile(stage, year.beforeLoss.tree, LOST_FILE),
    await packsOfSnapshot(stage, year.first.tree),
  ];
  const lost = await bringBackFile(stage, year);
  wish.news({ kind: "lost", ...lost });
  const old = await bringBackOldest(stage, year.first, wish);
  wish.news({ kind: "back", ...old });
  const { verdict } = await verify(stage);
  const replay: Replay = {
    events: year.recording.events,
    start: FIRST_NIGHT,
    end,
    region: REGION,
    scale: SCALE,
    filePacks,
    oldestPacks,
    days: THAW_DAYS_DEFAULT,
  };
  const bytes = last.summary?.totalBytesProcessed ?? 0;
  const packs = stage.icebox.objects(BUCKET).filter(({ key }) => key.startsWith("data/")).length;
  const per100Gb = (of: Bill): number =>
    billOfLarger(of.lines, { times: HUNDRED_GB / (bytes * SCALE), packPuts: year.recording.packs, packs });
  const others = POLICIES.map((policy) => asYear(liveUnder(policy, replay), per100Gb));
  const own: DemoYear = {
    name: "firn, by recovery rules",
    total: bill.total,
    per100Gb: per100Gb(bill),
    file: { waitMs: lost.waitMs, cost: lost.read, packs: 0 },
    oldest: { waitMs: old.readyAt - old.askedAt, cost: old.billed + old.read, packs: old.packs },
  };
  return {
    seed: wish.seed,
    nights: wish.nights,
    scale: SCALE,
    files: last.summary?.totalFilesProcessed ?? 0,
    bytes,
    snapshots: year.plans.at(-1)?.snapshots ?? 0,
    plans: year.plans,
    verified: verdict.ok && year.plans.every((plan) => plan.verified),
    lost,
    old,
    bill,
    years: [own, ...others],
    folder: wish.keep ? stage.folder : undefined,
  };
}

function asYear({ policy, bill, file, oldest }: PolicyYear, per100Gb: (bill: Bill) => number): DemoYear {
  return { name: policy.name, total: bill.total, per100Gb: per100Gb(bill), file, oldest };
}
