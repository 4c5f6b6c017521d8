import { formatMoney } from "../../base/money.ts";
import { countOf, formatBytes } from "../../base/size.ts";
import { formatWait } from "../../plan/tier/rule.ts";
import type { TierStatus } from "../../plan/tier/status.ts";
import type { IdleSeries, PackSum, PlanPrices, TierPlan, TierStep } from "../../plan/tier/tier-plan.ts";
import { type Column, formatTable } from "./table.ts";
import { visible } from "./snapshot-table.ts";

const STEPS_SHOWN = 20;

export function planText(plan: TierPlan, all: boolean): string {
  const { currency } = plan.prices;
  const money = (amount: number): string => formatMoney(amount, currency);
  const { freeze, promote, price, savingPerMonth, payBackDays } = plan.totals;
  const lines = [`tier plan for ${visible(plan.location)}`, ""];
  if (plan.steps.length === 0) lines.push("nothing to do: every pack is where it should be");
  else {
    const shown = all ? plan.steps : plan.steps.slice(0, STEPS_SHOWN);
    lines.push(...stepLines(shown, money));
    if (shown.length < plan.steps.length)
      lines.push(`and ${plan.steps.length - shown.length} more steps; -v, --json or --out show all of them`);
    lines.push("", `freeze   ${sumText(freeze)}`, `promote  ${sumText(promote)}`);
    lines.push(`price    ${money(price)} once${thawText(plan.steps)}`);
    lines.push(
      savingPerMonth >= 0
        ? `saves    ${money(savingPerMonth)} a month, pays back in ${daysText(payBackDays)}`
        : `adds     ${money(-savingPerMonth)} a month`,
    );
  }
  lines.push("", ...noteLines(plan, money));
  lines.push("", "taken for granted:", ...plan.assumptions.map((line) => `- ${line}`));
  return `${lines.join("\n")}\n`;
}

/** One line a pack, under a line for what they have in common: a reason is longer than a terminal is wide. */
function stepLines(steps: readonly TierStep[], money: (amount: number) => string): string[] {
  const [heading, rule, ...rows] = formatTable(stepColumns(money), steps).trimEnd().split("\n");
  const titles = steps.map(({ kind, from, to, why }) => `${kind} from ${from} to ${to}: ${why}`);
  const body = [...new Set(titles)].flatMap((title) => [title, ...rows.filter((_, at) => titles[at] === title)]);
  return [heading!, rule!, ...body, rule!];
}

function stepColumns(money: (amount: number) => string): Column<TierStep>[] {
  return [
    { heading: "  Pack", lines: (step) => [`  ${step.pack.slice(0, 10)}`] },
    { heading: "Size", right: true, lines: (step) => [formatBytes(step.size)] },
    { heading: "Price", right: true, lines: (step) => [money(step.price)] },
    { heading: "Saves/month", right: true, lines: (step) => [money(step.savingPerMonth)] },
    { heading: "Pays back", right: true, lines: (step) => [daysText(step.payBackDays)] },
  ];
}

function noteLines(plan: TierPlan, money: (amount: number) => string): string[] {
  const lines: string[] = [];
  if (plan.mixed.bytes > 0)
    lines.push(
      `${formatBytes(plan.mixed.bytes)} in ${countOf(plan.mixed.packs, "pack")} stay hot only because they share a pack with data that is needed sooner`,
    );
  if (plan.later.packs > 0)
    lines.push(
      `${sumText(plan.later)} will be moved by a later plan${plan.later.next === undefined ? "" : `, the first about ${plan.later.next.slice(0, 10)}`}`,
    );
  const { treePacks, unreferenced, unknown } = plan.neverFrozen;
  lines.push(`never frozen: ${sumText(treePacks)} with folders`);
  if (unreferenced.packs > 0) lines.push(`never frozen: ${sumText(unreferenced)} that nothing refers to (\`firn prune\` removes them)`);
  if (unknown.packs > 0) lines.push(`${sumText(unknown)} in a class that LIST cannot vouch for`);
  lines.push(...idleLines(plan.idleSeries, money));
  if (plan.unanswered.length > 0)
    lines.push(
      `${plan.unanswered.length} blobs cannot be had in time and no change of class helps:`,
      ...plan.unanswered.slice(0, STEPS_SHOWN).map((line) => `  ${line}`),
    );
  return lines;
}

export function statusText(status: TierStatus): string {
  const money = (amount: number): string => formatMoney(amount, status.prices.currency);
  const table = formatTable(
    [
      { heading: "Class", lines: (line) => [visible(line.storageClass)] },
      { heading: "State", lines: (line) => [line.state] },
      { heading: "Packs", right: true, lines: (line) => [String(line.packs)] },
      { heading: "Bytes", right: true, lines: (line) => [formatBytes(line.bytes)] },
      { heading: "Cost/month", right: true, lines: (line) => [line.costPerMonth === undefined ? "unknown" : money(line.costPerMonth)] },
    ],
    status.classes,
  );
  const lines = [
    `${sumText(status.total)}, ${money(status.costPerMonth)} a month`,
    "",
    `current       ${formatBytes(status.current.bytes)}`,
    `only history  ${formatBytes(status.history.bytes)}`,
    `folders       ${formatBytes(status.trees.bytes)}`,
    `unreferenced  ${formatBytes(status.unreferencedBytes)}`,
    `mixed         ${formatBytes(status.mixed.bytes)} in ${countOf(status.mixed.packs, "pack")} stay hot only because they share a pack`,
    status.brokenBlobs === 0
      ? "rules         all hold"
      : `rules         broken for ${countOf(status.brokenBlobs, "blob")} in ${countOf(status.brokenPacks.length, "pack")}: see \`firn tier verify\` and \`firn tier plan\``,
    ...idleLines(status.idleSeries, money),
    pricesLine(status.prices),
  ];
  return `${table}${lines.join("\n")}\n`;
}

export function pricesLine(prices: PlanPrices): string {
  return `prices: ${prices.provider} ${prices.region}, ${prices.date}${prices.assumed ? ` (assumed: ${prices.why}; --provider and --region change it)` : ""}`;
}

function idleLines(series: readonly IdleSeries[], money: (amount: number) => string): string[] {
  const [first] = series;
  if (first === undefined) return [];
  const names = series.map((one) => `  ${visible(one.name)}: last backed up ${one.newest.slice(0, 10)}, ${one.days} days ago`);
  return [
    `idle for over 30 days and still current, at ${money(first.costPerMonth)} a month for ${formatBytes(first.bytes)} (\`series: retire-after\` ends that):`,
    ...names,
  ];
}

function thawText(steps: readonly TierStep[]): string {
  const thaws = steps.flatMap((step) => (step.thaw === undefined ? [] : [step.thaw]));
  if (thaws.length === 0) return "";
  const wait = Math.max(...thaws.map((thaw) => thaw.waitMs));
  return `, of which thawing ${countOf(thaws.length, "pack")} first, within ${formatWait(wait)}`;
}

function sumText(sum: PackSum): string {
  return `${countOf(sum.packs, "pack")}, ${formatBytes(sum.bytes)}`;
}

function daysText(days: number | undefined): string {
  return days === undefined ? "never" : `${days.toFixed(1)} d`;
}
