import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bill, LineItem } from "icebox";
import { FirnError } from "../../base/error.ts";
import { THAW_DAYS_DEFAULT } from "../../base/limits.ts";
import { MS_PER_DAY, MS_PER_HOUR, msOf } from "../../base/time.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { compareFolders } from "./compare.ts";
import { getBack } from "./get-back.ts";
import type { DemoWish, LostFile, OldSnapshot } from "./news.ts";
import { LOST_FILE } from "./server.ts";
import type { Stage } from "./stage.ts";
import type { Year } from "./year.ts";

/** Restored from the night before it was lost. */
export async function bringBackFile(stage: Stage, year: Year): Promise<LostFile> {
  const askedAt = stage.clock.now();
  const before = readBill(stage.icebox.ledger());
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
    takenAt: msOf(year.beforeLoss.time),
    same,
    waitMs: 0,
    read: readBill(stage.icebox.ledger()) - before,
  };
}

/** Asked for, told what it takes, thawed in bulk, waited for, restored and held against the copy. */
export async function bringBackOldest(stage: Stage, first: StoredSnapshot, wish: DemoWish): Promise<OldSnapshot> {
  const target = join(stage.folder, "year-back");
  mkdirSync(target);
  const askedAt = stage.clock.now();
  const before = stage.icebox.ledger();
  const { report, quote, missing } = await getBack(stage, first.id, target, {});
  const offers = quote?.offers ?? [];
  const bulk = offers.find((offer) => offer.tier === "Bulk");
  const asked = {
    snapshot: first.id.slice(0, 8),
    takenAt: msOf(first.time),
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
  const after = stage.icebox.ledger();
  const billed = thawBill(after) - thawBill(before);
  const read = readBill(after) - readBill(before);
  return { ...asked, readyAt, files: compared.files, bytes: compared.bytes, same: compared.differing.length === 0, billed, read };
}

function thawBill(bill: Bill): number {
  return sumOf(bill, ["restore-requests", "restore-retrieval", "temporary-copy"]);
}

function readBill(bill: Bill): number {
  return sumOf(bill, ["retrieval"]);
}

function sumOf(bill: Bill, items: readonly LineItem["item"][]): number {
  return bill.lines.filter(({ item }) => items.includes(item)).reduce((sum, line) => sum + line.amount, 0);
}
