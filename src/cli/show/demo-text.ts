import type { DemoNews, DemoResult, DemoYear, KeptState, LostFile, OldSnapshot } from "../../app/demo/news.ts";
import { MS_PER_DAY } from "../../base/time.ts";
import { countOf, formatBytes } from "../../base/size.ts";
import { formatWait } from "../../plan/tier/rule.ts";
import { formatTable } from "./table.ts";

/** The lines of one piece of news; the year's live line is painted elsewhere. */
export function demoPart(news: Exclude<DemoNews, { kind: "night" }>): string[] {
  switch (news.kind) {
    case "opening":
      return opening(news);
    case "kept":
      return [keptLine(news)];
    case "lost":
      return lostPart(news);
    case "asked":
      return askedPart(news);
    case "back":
      return backPart(news);
  }
}

function opening(news: Extract<DemoNews, { kind: "opening" }>): string[] {
  return [
    "A year of nightly backups, and two restores",
    "",
    `The server: ${countOf(news.files, "file")}, ${formatBytes(news.bytes)}, at first a copy of`,
    `${sourceOf(news.from)}.`,
    "Files, backups and restores are real; bucket, clock and bill are simulated by",
    "icebox, on this machine. Nothing is sent anywhere.",
    "",
    "firn.yaml says how soon things must be back, and firn chooses the class:",
    "",
    ...news.rules
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
    "",
    `${date(news.start)}  the first backup is taken. Night after night files change, grow,`,
    "appear and vanish. Every four weeks `firn forget --prune` removes old snapshots",
    "and `firn tier apply` moves what only history needs; `firn tier verify` looks.",
    "",
    "                              packs, MiB",
    "date        snapshots  STANDARD  GLACIER_IR  DEEP_ARCHIVE  moved  rules",
  ];
}

function sourceOf({ dir, cut }: { readonly dir: string | undefined; readonly cut: boolean }): string {
  return `${cut ? "part of " : ""}${dir === undefined ? "this program, with some configuration, pictures and a database" : dir}`;
}

/** Less than this reads as nothing in the bill's four decimals. */
const SHOWN_FROM = 0.00005;
const CLASSES = ["STANDARD", "GLACIER_IR", "DEEP_ARCHIVE"];

function keptLine(state: KeptState): string {
  const mib = CLASSES.map((name) => ((state.classes[name] ?? 0) / 2 ** 20).toFixed(1).padStart(name.length));
  const rules = state.verified ? "all hold" : "BROKEN";
  return `${date(state.at)}  ${String(state.snapshots).padStart(9)}  ${mib.join("  ")}  ${String(state.moved).padStart(5)}  ${rules}`;
}

function lostPart(lost: LostFile): string[] {
  const days = Math.round((lost.noticedAt - lost.deletedAt) / MS_PER_DAY);
  return [
    "",
    `1. A file deleted by accident, noticed ${days} days later`,
    "",
    `${date(lost.deletedAt)}  ${lost.path} is deleted. Nobody notices.`,
    `${date(lost.noticedAt)}  Somebody does. It had not changed for months, so its pack is old:`,
    "            a rule that looks at the age of uploads would have frozen it.",
    `            $ firn restore ${lost.snapshot} --include ${lost.path}`,
    `            ${lost.same ? "restored at once, the same byte for byte" : "NOT restored as it was"}`,
  ];
}

function askedPart(old: Extract<DemoNews, { kind: "asked" }>): string[] {
  return [
    "",
    "2. The oldest snapshot of all",
    "",
    `${date(old.askedAt)}  $ firn restore ${old.snapshot}   (taken ${date(old.takenAt)})`,
    `            ${countOf(old.readableAtOnce, "item")} restored at once; ${countOf(old.missingFiles, "file")}, ${formatBytes(old.missingBytes)}, are in`,
    `            the ice, in ${countOf(old.packs, "pack")}. To thaw them for three days:`,
    ...old.offers.map(
      (offer) =>
        `              --thaw ${offer.tier.toLowerCase().padEnd(9)} within ${formatWait(offer.waitMs).padStart(3)}  ${cents(offer.total)}`,
    ),
  ];
}

function backPart(old: OldSnapshot): string[] {
  const result = old.same ? "the same byte for byte as on that day" : "NOT the same as on that day";
  return [
    `            $ firn restore ${old.snapshot} --thaw bulk`,
    `${date(old.readyAt)}  ${formatWait(old.readyAt - old.askedAt)} later the same command finishes:`,
    `            ${countOf(old.files, "file")}, ${formatBytes(old.bytes)}, ${result}`,
    `            thaw: said before ${cents(old.predicted)}, on the bill ${cents(old.billed)}`,
    ...(old.read > 0 ? [`            reading GLACIER_IR, which needs no thaw: ${cents(old.read)}`] : []),
  ];
}

/** What the year cost, beside what other rules would have. */
export function demoEnd(result: DemoResult, seconds: number): string {
  const { bill, scale } = result;
  const lines = [
    "",
    "3. The bill",
    "",
    `Prices: AWS ${bill.region}, ${bill.currency}, ${bill.priceDate}. So that packs weigh what they do`,
    `on a real server, every byte here is planned and billed as ${scale} bytes: a server`,
    `with ${formatBytes(result.bytes * scale)} of files in packs of up to 128 MiB.`,
    "",
    ...billLines(result),
    "",
    "4. The same year under other rules",
    "",
    "The same uploads and deletions, replayed under real lifecycle rules.",
    "",
    yearsTable(result.years, bill.currency).trimEnd(),
    "",
    "Rules that look at the age of an upload are cheaper where they freeze what is",
    "current too. What firn keeps at hand is what is current or gone for less than",
    "30 days, and /etc for a year; the rest is in DEEP_ARCHIVE.",
    "",
    "* the same server with 100 GB of files: bytes and packs grow, the nights' locks,",
    "  snapshots and index files do not. The file by the standard tier, the",
    "  snapshot by bulk; the price is that of getting it back, egress aside.",
    "",
    result.verified ? "firn tier verify: every rule held after every plan and holds now." : "firn tier verify FAILED.",
    `${countOf(result.nights, "night")} in ${seconds.toFixed(0)} s, seed ${result.seed}. ${result.folder === undefined ? "Everything is removed again." : `Left in ${result.folder}`}`,
  ];
  return `${lines.join("\n")}\n`;
}

function billLines({ bill }: DemoResult): string[] {
  const shown = bill.lines.filter((line) => line.amount >= SHOWN_FROM).sort((a, b) => b.amount - a.amount);
  const rest = bill.total - shown.reduce((sum, line) => sum + line.amount, 0);
  const row = (name: string, quantity: string, amount: number): string =>
    `${name.padEnd(34)}${quantity.padStart(28)}${money(amount).padStart(12)}`;
  return [
    ...shown.map((line) => row(`${line.item} ${line.class}`.trim(), `${count(line.quantity)} ${line.unit}`, line.amount)),
    row("everything else", "", rest),
    "-".repeat(74),
    row(`total, ${bill.currency}`, "", bill.total),
  ];
}

function yearsTable(years: readonly DemoYear[], currency: string): string {
  return formatTable(
    [
      { heading: "", lines: (year: DemoYear) => [year.name] },
      { heading: `${currency}, year`, right: true, lines: (year) => [year.total.toFixed(2)] },
      { heading: "100 GB*", right: true, lines: (year) => [year.per100Gb.toFixed(2)] },
      { heading: "lost file", right: true, lines: (year) => [getting(year.file)] },
      { heading: "oldest snapshot", right: true, lines: (year) => [getting(year.oldest)] },
    ],
    years,
  );
}

function getting({ waitMs, cost }: { readonly waitMs: number; readonly cost: number }): string {
  const wait = waitMs === 0 ? "at once" : formatWait(waitMs);
  return cost < SHOWN_FROM ? wait : `${wait}, ${cents(cost)}`;
}

export function demoJson(result: DemoResult, seconds: number): string {
  return `${JSON.stringify({ message_type: "demo", ...result, elapsed_seconds: seconds })}\n`;
}

function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function money(amount: number): string {
  return amount.toFixed(4);
}

/** Small sums, in hundredths of the currency. */
function cents(amount: number): string {
  return `${(amount * 100).toFixed(2)} ct`;
}

function count(quantity: number): string {
  return Number.isInteger(quantity) ? String(quantity) : quantity.toFixed(4);
}
