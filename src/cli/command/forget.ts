import type { Command } from "commander";
import { forget, type ForgetDecision, type ForgetHooks, type ForgetRequest } from "../../app/forget.ts";
import { type Duration, parseDuration } from "../../base/duration.ts";
import { FirnError } from "../../base/error.ts";
import { shortId } from "../../base/id.ts";
import {
  describePolicy,
  isEmptyPolicy,
  KEEP_NOTHING,
  type KeepPolicy,
  parseKeepCount,
  PERIODS,
  type Period,
} from "../../plan/keep-policy.ts";
import { parseTagList } from "../../repo/snapshot-filter.ts";
import { type StepsPrinter, stepsPrinter } from "../../watch/steps-printer.ts";
import { callerOf, type Door } from "../door.ts";
import { filterOf, parseGroupBy, type RawFilter } from "../filter-options.ts";
import { collect, type GlobalOptions, globalsOf } from "../global-options.ts";
import { setExitCode } from "../outcome.ts";
import { addCostOptions, costWish, type RawCostOptions } from "../price-options.ts";
import { addPruneOptions, pruneOptionsOf, type RawPrune, refuseUnlocked } from "../prune-options.ts";
import { reportError } from "../report-error.ts";
import { forgetJson, forgetTable } from "../show/forget-report.ts";
import { pruneJson, pruneLines } from "../show/prune-report.ts";

type Counts = Partial<Record<`keep${Capitalize<Period> | "Last"}`, string>>;
type Windows = Partial<Record<`keepWithin${Capitalize<Period>}`, string>>;

interface Flags extends RawFilter, RawPrune, RawCostOptions, Counts, Windows {
  keepWithin?: string;
  keepTag?: string[];
  unsafeAllowRemoveAll?: boolean;
  compact?: boolean;
  groupBy: string;
  dryRun?: boolean;
  prune?: boolean;
}

const SHORT: Readonly<Record<Period, string>> = { hourly: "-H", daily: "-d", weekly: "-w", monthly: "-m", yearly: "-y" };

export function register(program: Command, door: Door): void {
  const command = program
    .command("forget")
    .description("Remove snapshots by a retention policy, given here or as `keep` in firn.yaml; `prune` then frees what they held")
    .argument("[snapshot...]", "remove these, whatever the policy says");
  addPolicyOptions(command);
  command
    .optionsGroup("Which snapshots:")
    .option("--host <host>", "only snapshots of this host; may be repeated (default: $RESTIC_HOST, an empty one unsets it)", collect)
    .option("--tag <tag[,tag...]>", "only snapshots with all these tags; may be repeated for a choice", collect)
    .option("--path <path>", "only snapshots with this absolute path; may be repeated, all must be there", collect)
    .option("-g, --group-by <parts>", "apply the policy to each group of host, paths and tags", "host,paths")
    .optionsGroup("What to do:")
    .option("-c, --compact", "leave out the paths")
    .option("-n, --dry-run", "only say what would be done")
    .option("--prune", "prune afterwards, if anything was removed");
  addPruneOptions(command.optionsGroup("With --prune:"));
  addCostOptions(command).action((names: string[], flags: Flags) => run(names, flags, command, door));
}

function addPolicyOptions(command: Command): void {
  command.optionsGroup("What to keep (a number, or `unlimited`):").option("-l, --keep-last <n>", "the last n snapshots");
  for (const period of PERIODS) command.option(`${SHORT[period]}, --keep-${period} <n>`, `the last of each of n ${UNITS[period]}`);
  command.option("--keep-within <duration>", "all within this time before the newest, such as 1y5m7d2h");
  for (const period of PERIODS)
    command.option(`--keep-within-${period} <duration>`, `the last of each ${UNITS[period].slice(0, -1)} within this time`);
  command
    .option("--keep-tag <tag[,tag...]>", "all with these tags; may be repeated", collect)
    .option("--unsafe-allow-remove-all", "allow that nothing is kept, for what --host, --tag or --path choose");
}

const UNITS: Readonly<Record<Period, string>> = { hourly: "hours", daily: "days", weekly: "weeks", monthly: "months", yearly: "years" };

async function run(names: string[], flags: Flags, command: Command, door: Door): Promise<void> {
  const globals = globalsOf(command);
  const dryRun = flags.dryRun === true;
  refuseUnlocked(globals.useLock, dryRun, "forget");
  const request: ForgetRequest = {
    names,
    filter: filterOf(flags, door.world),
    groupBy: parseGroupBy(flags.groupBy),
    policy: policyOf(flags),
    allowRemoveAll: flags.unsafeAllowRemoveAll === true,
    dryRun,
    prune: flags.prune === true ? { ...pruneOptionsOf(flags, globals.compression), cost: costWish(flags) } : undefined,
  };
  const printer = stepsPrinter({ screens: door, world: door.world, json: globals.json, quiet: globals.quiet });
  try {
    setExitCode(command, await forget(globals, { ...callerOf(door), ...hooksFor(request, flags, globals, door, printer) }, request));
  } finally {
    printer.stop();
  }
}

function hooksFor(request: ForgetRequest, flags: Flags, globals: GlobalOptions, door: Door, printer: StepsPrinter): ForgetHooks {
  const { dryRun } = request;
  let decided: ForgetDecision | undefined;
  return {
    emit: printer.listen,
    onError: (what, error) => reportError(door, globals.json, "forget", what, error),
    onRemoved: (snapshot) => {
      if (globals.verbose > 1) printer.note(`removed snapshots/${snapshot.id}`);
    },
    onDecision(decision) {
      decided = decision;
      if (!globals.json) for (const line of decisionLines(decision, flags, dryRun, door)) printer.note(line);
    },
    onForgotten(removed, pruning) {
      if (globals.json) {
        if (decided !== undefined && decided.groups.length > 0) door.stdout.write(`${forgetJson(decided.groups)}\n`);
        return;
      }
      if (pruning)
        printer.note(`${removed} snapshots ${dryRun ? "would be removed, running prune dry run" : "have been removed, running prune"}`);
      else if (removed > 0 && !dryRun) printer.note(`removed ${removed} snapshots`);
    },
    onPlan(report) {
      if (globals.json) door.stdout.write(`${JSON.stringify(pruneJson(report, flags.maxCost !== undefined))}\n`);
      else for (const line of pruneLines(report, globals.verbose > 0, flags.maxCost !== undefined)) printer.note(line);
    },
  };
}

function decisionLines(decision: ForgetDecision, flags: Flags, dryRun: boolean, door: Door): string[] {
  const lines = decision.policy === undefined ? [] : [`Applying Policy: ${describePolicy(decision.policy)}`];
  for (const group of decision.groups) lines.push(forgetTable(group, door.world, flags.compact === true));
  if (dryRun && decision.remove.length > 0) {
    lines.push(`Would have removed the following snapshots:\n${decision.remove.map(({ id }) => shortId(id)).join(" ")}\n`);
  }
  for (const { id, hostname, paths } of decision.currentAgain) {
    lines.push(
      `snapshot ${shortId(id)} of ${hostname}:${paths.join(", ")} becomes current again; if data of it is archived, \`firn tier plan\` shows what to promote`,
    );
  }
  return lines;
}

/** The policy the flags give, or undefined when they give none. */
function policyOf(flags: Flags): KeepPolicy | undefined {
  const count = (text: string | undefined, flag: string): number => (text === undefined ? 0 : parseKeepCount(text, flag));
  const counts = PERIODS.map((period) => [period, count(flags[`keep${capital(period)}`], `--keep-${period}`)] as const);
  const windows = PERIODS.map((period) => [period, duration(flags[`keepWithin${capital(period)}`], `--keep-within-${period}`)] as const);
  const policy: KeepPolicy = {
    ...KEEP_NOTHING,
    ...Object.fromEntries(counts),
    last: count(flags.keepLast, "--keep-last"),
    within: duration(flags.keepWithin, "--keep-within"),
    withinPeriod: Object.fromEntries(windows.filter(([, window]) => window !== undefined)),
    tags: (flags.keepTag ?? []).map(parseTagList),
  };
  return isEmptyPolicy(policy) ? undefined : policy;
}

function capital(period: Period): Capitalize<Period> {
  return `${period[0]!.toUpperCase()}${period.slice(1)}` as Capitalize<Period>;
}

function duration(text: string | undefined, flag: string): Duration | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text, flag);
  if (Object.values(parsed).every((part: number) => part >= 0)) return parsed;
  throw new FirnError({
    code: "usage",
    message: `${flag}: ${JSON.stringify(text)} is negative`,
    hint: "durations reach back by themselves",
  });
}
