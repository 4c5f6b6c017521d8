import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bill } from "icebox";
import { FirnError } from "../../base/error.ts";
import { MS_PER_DAY, MS_PER_HOUR } from "../../base/time.ts";
import type { World } from "../../base/world.ts";
import { THAW_DAYS_DEFAULT } from "../../base/limits.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { ThawOffer } from "../../plan/thaw.ts";
import { compareFolders } from "./compare.ts";
import { Days } from "./days.ts";
import { Dice } from "./dice.ts";
import { getBack, packsOfFile, packsOfSnapshot } from "./get-back.ts";
import { billOfLarger } from "./larger.ts";
import { liveUnder, POLICIES, type PolicyYear, type Replay } from "./policies.ts";
import { Recording } from "./recording.ts";
import { SCALE } from "./scale.ts";
import { furnish, LOST_FILE, Server, type Sizes } from "./server.ts";
import { copySources } from "./source-tree.ts";
import { BUCKET, FIRN_YAML, openStage, REGION, type Stage } from "./stage.ts";
import { steadyFs } from "./steady-fs.ts";
import { backUp, freeze, tidy, verify } from "./upkeep.ts";

export interface DemoWish {
  readonly seed: string;
  readonly nights: number;
  /** Files to begin with; the program's own sources when absent. */
  readonly dir: string | undefined;
  /** Leave the temporary folder. */
  readonly keep: boolean;
  readonly machine: Pick<World, "uid" | "gid" | "username" | "isProcessAlive">;
  readonly signal: AbortSignal;
  readonly news: (news: DemoNews) => void;
}

/** What is told as the year goes. Times are the demo's, in ms since the epoch. */
export type DemoNews =
  | {
      readonly kind: "opening";
      readonly files: number;
      readonly bytes: number;
      readonly from: { readonly dir: string | undefined; readonly cut: boolean };
      readonly rules: string;
      readonly start: number;
    }
  | { readonly kind: "night"; readonly night: number; readonly at: number }
  | ({ readonly kind: "kept" } & KeptState)
  | ({ readonly kind: "lost" } & LostFile)
  | ({ readonly kind: "asked" } & Omit<OldSnapshot, "readyAt" | "same" | "files" | "bytes" | "billed">)
  | ({ readonly kind: "back" } & OldSnapshot);

/** What is where, after a plan was carried out. */
export interface KeptState {
  readonly at: number;
  readonly snapshots: number;
  /** Bytes of packs by class. */
  readonly classes: Readonly<Record<string, number>>;
  readonly moved: number;
  readonly verified: boolean;
  readonly billed: number;
}

export interface LostFile {
  readonly path: string;
  readonly deletedAt: number;
  readonly noticedAt: number;
  readonly snapshot: string;
  readonly takenAt: number;
  /** Restored at once, and the same byte for byte. */
  readonly same: boolean;
  readonly waitMs: number;
}

export interface OldSnapshot {
  readonly snapshot: string;
  readonly takenAt: number;
  readonly askedAt: number;
  readonly readableAtOnce: number;
  readonly missingFiles: number;
  readonly missingBytes: number;
  readonly packs: number;
  readonly offers: readonly ThawOffer[];
  readonly readyAt: number;
  readonly files: number;
  readonly bytes: number;
  readonly same: boolean;
  /** What the plan said the thaw would cost, and what the ledger says it did. */
  readonly predicted: number;
  readonly billed: number;
}

export interface DemoYear {
  readonly name: string;
  readonly total: number;
  /** The same server with 100 GB of files. */
  readonly per100Gb: number;
  readonly file: { readonly waitMs: number; readonly cost: number; readonly packs: number };
  readonly oldest: { readonly waitMs: number; readonly cost: number; readonly packs: number };
}

export interface DemoResult {
  readonly seed: string;
  readonly nights: number;
  readonly scale: number;
  readonly files: number;
  readonly bytes: number;
  readonly snapshots: number;
  readonly plans: readonly KeptState[];
  readonly verified: boolean;
  readonly lost: LostFile;
  readonly old: OldSnapshot;
  /** Of the year, before the two restores. */
  readonly bill: Bill;
  /** Firnline's first. */
  readonly years: readonly DemoYear[];
  /** Where the temporary folder was left. */
  readonly folder: string | undefined;
}

export const FIRST_NIGHT = Date.UTC(2026, 0, 1, 2);
export const NIGHTS_MIN = 45;
const NOTICED_AFTER_DAYS = 17;
const UPKEEP_EVERY = 28;
const SIZES: Sizes = { tableBytes: 125_000, uploadBytes: 75_000 };
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
    file: { waitMs: lost.waitMs, cost: 0, packs: 0 },
    oldest: { waitMs: old.readyAt - old.askedAt, cost: old.billed, packs: old.packs },
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

interface Year {
  readonly first: StoredSnapshot;
  readonly beforeLoss: StoredSnapshot;
  readonly last: StoredSnapshot;
  readonly lostContent: Buffer;
  readonly deletedAt: number;
  readonly plans: readonly KeptState[];
  readonly recording: Recording;
}

/** Night after night: the day's changes, the backup, now and then forget, prune and a tier plan. */
async function liveThroughYear(stage: Stage, wish: DemoWish): Promise<Year> {
  const server = new Server(join(stage.folder, "server"));
  const dice = new Dice(wish.seed);
  const before = FIRST_NIGHT - 12 * MS_PER_HOUR;
  furnish(server, dice, SIZES, before);
  const copied = copySources(server, dice, wish.dir, before);
  const days = new Days(server, dice, SIZES, copied.files);
  const fs = steadyFs();
  const recording = new Recording(stage.icebox, BUCKET);
  const plans: KeptState[] = [];
  const lossDay = wish.nights - 1 - NOTICED_AFTER_DAYS;
  const lostContent = readFileSync(server.path(LOST_FILE));
  let first: StoredSnapshot | undefined;
  let beforeLoss: StoredSnapshot | undefined;
  let last: StoredSnapshot | undefined;
  for (let night = 0; night < wish.nights; night++) {
    const at = FIRST_NIGHT + night * MS_PER_DAY;
    if (night > 0) days.live(night, at - 12 * MS_PER_HOUR);
    if (night === lossDay + 1) days.lose(deletionTime(lossDay));
    await stage.clock.moveTo(at);
    const { snapshot, summary } = await backUp(stage, fs, last);
    last = snapshot!;
    if (night === 0) {
      first = last;
      saveCopy(stage);
      const { totalFilesProcessed: files, totalBytesProcessed: bytes } = summary;
      wish.news({ kind: "opening", files, bytes, from: { dir: wish.dir, cut: copied.cut }, rules: FIRN_YAML, start: at });
    }
    if (night === lossDay) beforeLoss = last;
    const upkeep = night % UPKEEP_EVERY === UPKEEP_EVERY - 1 || night === wish.nights - 1;
    if (upkeep) await tidy(stage);
    recording.note();
    if (upkeep) {
      const state = await carryOutPlan(stage);
      plans.push(state);
      wish.news({ kind: "kept", ...state });
      recording.skip();
    }
    wish.news({ kind: "night", night: night + 1, at });
  }
  await stage.clock.moveTo(deletionTime(lossDay) + NOTICED_AFTER_DAYS * MS_PER_DAY);
  return { first: first!, beforeLoss: beforeLoss!, last: last!, lostContent, deletedAt: deletionTime(lossDay), plans, recording };
}

/** In the morning after that night's backup. */
function deletionTime(lossDay: number): number {
  return FIRST_NIGHT + lossDay * MS_PER_DAY + 8 * MS_PER_HOUR;
}

/** The source as it is tonight, to hold a restore against it in a year. */
function saveCopy({ folder }: Stage): void {
  cpSync(join(folder, "server"), join(folder, "first-night"), { recursive: true, preserveTimestamps: true });
}

async function carryOutPlan(stage: Stage): Promise<KeptState> {
  const applied = await freeze(stage);
  const classes: Record<string, number> = {};
  let snapshots = 0;
  for (const { key, size, storageClass } of stage.icebox.objects(BUCKET)) {
    if (key.startsWith("snapshots/")) snapshots++;
    if (key.startsWith("data/")) classes[storageClass] = (classes[storageClass] ?? 0) + size;
  }
  return {
    at: stage.clock.now(),
    snapshots,
    classes,
    moved: applied.moved.length,
    verified: applied.verify.verdict.ok,
    billed: stage.icebox.ledger().total,
  };
}

async function bringBackFile(stage: Stage, year: Year): Promise<LostFile> {
  const askedAt = stage.clock.now();
  const target = join(stage.folder, "file-back");
  mkdirSync(target);
  const { report, missing } = await getBack(stage, year.beforeLoss.id, target, { include: `/${LOST_FILE}` });
  if (report.errors > 0) throw new FirnError({ code: "demo", message: "the lost file could not be restored" });
  const same = missing === undefined && readFileSync(join(target, LOST_FILE)).equals(year.lostContent);
  return {
    path: `/${LOST_FILE}`,
    deletedAt: year.deletedAt,
    noticedAt: askedAt,
    snapshot: year.beforeLoss.id.slice(0, 8),
    takenAt: msOf(year.beforeLoss),
    same,
    waitMs: 0,
  };
}

/** Asked for, told what it takes, thawed in bulk, waited for, restored and held against the copy. */
async function bringBackOldest(stage: Stage, first: StoredSnapshot, wish: DemoWish): Promise<OldSnapshot> {
  const target = join(stage.folder, "year-back");
  mkdirSync(target);
  const askedAt = stage.clock.now();
  const before = thawBill(stage.icebox.ledger());
  const { report, quote, missing } = await getBack(stage, first.id, target, {});
  const offers = quote?.offers ?? [];
  const bulk = offers.find((offer) => offer.tier === "Bulk");
  const asked = {
    snapshot: first.id.slice(0, 8),
    takenAt: msOf(first),
    askedAt,
    readableAtOnce: report.totals.items - (missing?.files.length ?? 0),
    missingFiles: missing?.files.length ?? 0,
    missingBytes: Number(missing?.bytes ?? 0n),
    packs: quote?.packs ?? 0,
    offers,
    predicted: bulk?.total ?? 0,
  };
  wish.news({ kind: "asked", ...asked });
  if (bulk !== undefined) {
    await getBack(stage, first.id, target, { thaw: "Bulk" });
    await stage.clock.moveTo(askedAt + bulk.waitMs + MS_PER_HOUR);
    const again = await getBack(stage, first.id, target, {});
    if (again.missing !== undefined)
      throw new FirnError({ code: "demo", message: "the snapshot is still in the ice after the published wait" });
  }
  const readyAt = bulk === undefined ? askedAt : askedAt + bulk.waitMs;
  const compared = compareFolders(join(stage.folder, "first-night"), target);
  // Until the temporary copies have ended and are paid for.
  await stage.clock.moveTo(readyAt + (THAW_DAYS_DEFAULT + 1) * MS_PER_DAY);
  const billed = thawBill(stage.icebox.ledger()) - before;
  return { ...asked, readyAt, files: compared.files, bytes: compared.bytes, same: compared.differing.length === 0, billed };
}

function thawBill(bill: Bill): number {
  const items = new Set(["restore-requests", "restore-retrieval", "temporary-copy"]);
  return bill.lines.filter(({ item }) => items.has(item)).reduce((sum, line) => sum + line.amount, 0);
}

function msOf(snapshot: StoredSnapshot): number {
  return Number(snapshot.time.ns / 1_000_000n);
}
