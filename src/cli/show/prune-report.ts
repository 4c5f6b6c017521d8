import type { PrunedReport } from "../../app/prune.ts";
import { formatMoney } from "../../base/money.ts";
import { formatBytes } from "../../base/size.ts";
import type { ColdPack } from "../../plan/prune/plan-prune.ts";
import type { PruneStats } from "../../plan/prune/prune-stats.ts";
import type { PlanPrices } from "../../plan/tier/tier-plan.ts";

/** What a prune is about to do, in restic's layout, and what it leaves in the ice. */
export function pruneLines({ plan, dryRun, earlyDeletion, cost }: PrunedReport, verbose: boolean, costAsked = false): string[] {
  const { stats } = plan;
  const lines = dryRun ? ["", "Would have made the following changes:"] : [];
  if (verbose) lines.push(...usageLines(stats));
  lines.push(...changeLines(stats));
  if (verbose) lines.push(...packLines(stats));
  if (plan.coldKept.length > 0) {
    const waiting = formatBytes(plan.coldKept.reduce((sum, pack) => sum + pack.unusedBytes, 0));
    lines.push(
      `in archived packs: ${waiting} unused in ${plan.coldKept.length} packs wait there until nothing in their pack is needed`,
      "",
    );
  }
  if (plan.dearKept.length > 0) {
    const waiting = formatBytes(plan.dearKept.reduce((sum, pack) => sum + pack.unusedBytes, 0));
    lines.push(`in packs whose class charges for reading: ${waiting} unused in ${plan.dearKept.length} packs stay for now`, "");
  }
  if (earlyDeletion !== undefined) {
    const { packs, bytes, prices } = earlyDeletion;
    const due = formatMoney(earlyDeletion.cost, prices.currency);
    lines.push(`archived packs to delete: ${packs}, ${formatBytes(bytes)}`);
    if (earlyDeletion.cost > 0) lines.push(`their class bills a minimum duration: ${due} are due, deleted or not`, pricesLine(prices));
    lines.push("");
  }
  if (cost !== undefined && (costAsked || cost.unpriced.length > 0)) {
    lines.push(`one-off charges: about ${formatMoney(cost.total, cost.prices.currency)}`, pricesLine(cost.prices));
    if (cost.unpriced.length > 0) lines.push(`not in it: packs in ${cost.unpriced.join(", ")}, whose prices are not known`);
    lines.push("");
  }
  return lines;
}

function pricesLine({ provider, region, date, assumed, why }: PlanPrices): string {
  return `(prices of ${provider} ${region}, ${date}${assumed ? `; ${why}` : ""})`;
}

function row(label: string, blobs: number, bytes: number): string {
  return `${label.padEnd(13)} ${String(blobs).padStart(10)} blobs / ${formatBytes(bytes)}`;
}

function usageLines(stats: PruneStats): string[] {
  const { blobs, bytes } = stats;
  const lines = ["", row("used:", blobs.used, bytes.used)];
  if (blobs.duplicate > 0) lines.push(row("duplicates:", blobs.duplicate, bytes.duplicate));
  lines.push(row("unused:", blobs.unused, bytes.unused));
  if (bytes.unreferenced > 0) lines.push(`unreferenced:                    ${formatBytes(bytes.unreferenced)}`);
  lines.push(row("total:", stats.totalBlobs(), stats.totalBytes()));
  lines.push(`unused size: ${percent(bytes.duplicate + bytes.unused, stats.totalBytes())} of total size`);
  return lines;
}

function changeLines(stats: PruneStats): string[] {
  const { blobs, bytes } = stats;
  const left = stats.totalBytes() - stats.removedBytes();
  const unused = stats.remainingUnused();
  const lines = [
    "",
    row("to repack:", blobs.repack, bytes.repack),
    row("this removes:", blobs.repackRemove, bytes.repackRemove),
    row("to delete:", blobs.remove, bytes.remove + bytes.unreferenced),
    row("total prune:", stats.removedBlobs(), stats.removedBytes()),
  ];
  if (bytes.uncompressed > 0) lines.push(`not yet compressed:              ${formatBytes(bytes.uncompressed)}`);
  lines.push(row("remaining:", stats.totalBlobs() - stats.removedBlobs(), left));
  lines.push(`unused size after prune: ${formatBytes(unused)} (${percent(unused, left)} of remaining size)`, "");
  return lines;
}

function packLines({ packs }: PruneStats): string[] {
  const line = (label: string, count: number, what = ""): string => `${label.padEnd(19)} ${String(count).padStart(10)}${what}`;
  const lines = [
    line("totally used packs:", packs.used),
    line("partly used packs:", packs.partlyUsed),
    line("unused packs:", packs.unused),
    "",
    line("to keep:", packs.keep, " packs"),
    line("to repack:", packs.repack, " packs"),
    line("to delete:", packs.remove, " packs"),
  ];
  if (packs.unreferenced > 0) lines.push(line("to delete:", packs.unreferenced, " unreferenced packs"));
  return [...lines, ""];
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(2)}%`;
}

/** One object for programs (restic-format §17); `archived` is firn's own and only there when something lies in the ice. */
export function pruneJson({ plan, earlyDeletion, cost }: PrunedReport, costAsked = false): object {
  const { blobs, bytes, packs } = plan.stats;
  const { stats } = plan;
  return {
    message_type: "summary",
    blobs: {
      used: blobs.used,
      duplicate: blobs.duplicate,
      unused: blobs.unused,
      total: stats.totalBlobs(),
      repack: blobs.repack,
      repack_remove: blobs.repackRemove,
      remove: blobs.remove,
      remove_total: stats.removedBlobs(),
      remaining: stats.totalBlobs() - stats.removedBlobs(),
    },
    bytes: {
      used: bytes.used,
      duplicate: bytes.duplicate,
      unused: bytes.unused,
      unreferenced: bytes.unreferenced,
      uncompressed: bytes.uncompressed,
      total: stats.totalBytes(),
      repack: bytes.repack,
      repack_remove: bytes.repackRemove,
      remove: bytes.remove,
      remove_total: stats.removedBytes(),
      remaining: stats.totalBytes() - stats.removedBytes(),
      remaining_unused: stats.remainingUnused(),
    },
    packfiles: {
      used: packs.used,
      unused: packs.unused,
      partly_used: packs.partlyUsed,
      unreferenced: packs.unreferenced,
      total: packs.used + packs.unused + packs.partlyUsed + packs.unreferenced,
      keep: packs.keep,
      repack: packs.repack,
      remove: packs.remove,
      remove_total: packs.remove + packs.repack + packs.unreferenced,
    },
    ...(plan.coldKept.length + plan.coldRemoved.length === 0
      ? {}
      : {
          archived: {
            partly_unused: coldJson(plan.coldKept),
            removed: coldJson(plan.coldRemoved),
            early_deletion_cost: earlyDeletion?.cost ?? 0,
          },
        }),
    ...(plan.dearKept.length === 0 ? {} : { charged_for_reading: { partly_unused: coldJson(plan.dearKept) } }),
    ...(cost === undefined || !costAsked ? {} : { cost: { one_off: cost.total, prices: cost.prices, unpriced: cost.unpriced } }),
  };
}

function coldJson(packs: readonly ColdPack[]): object {
  return { packs: packs.length, unused_bytes: packs.reduce((sum, pack) => sum + pack.unusedBytes, 0) };
}
