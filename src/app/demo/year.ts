import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MS_PER_DAY, MS_PER_HOUR } from "../../base/time.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { Days } from "./days.ts";
import { Dice } from "./dice.ts";
import type { DemoWish, KeptState } from "./news.ts";
import { Recording } from "./recording.ts";
import { furnish, LOST_FILE, Server, type Sizes } from "./server.ts";
import { copySources } from "./source-tree.ts";
import { BUCKET, FIRN_YAML, type Stage } from "./stage.ts";
import { steadyFs } from "./steady-fs.ts";
import { backUp, freeze, tidy } from "./upkeep.ts";

export const FIRST_NIGHT = Date.UTC(2026, 0, 1, 2);
/** With fewer nothing would have been gone for a month when the last plan is made. */
export const NIGHTS_MIN = 45;
const NOTICED_AFTER_DAYS = 17;
const UPKEEP_EVERY = 28;
const SIZES: Sizes = { tableBytes: 125_000, uploadBytes: 75_000 };

export interface Year {
  readonly first: StoredSnapshot;
  readonly beforeLoss: StoredSnapshot;
  readonly last: StoredSnapshot;
  readonly lostContent: Buffer;
  readonly deletedAt: number;
  readonly plans: readonly KeptState[];
  readonly recording: Recording;
}

/** Night after night: the day's changes, the backup, now and then forget, prune and a tier plan. */
export async function liveThroughYear(stage: Stage, wish: DemoWish): Promise<Year> {
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
