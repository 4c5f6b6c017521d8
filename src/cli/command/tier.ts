import { resolve } from "node:path";
import type { Command } from "commander";
import { applyTiers, type Applied } from "../../app/tier/apply.ts";
import { planTiers } from "../../app/tier/plan.ts";
import { showTierStatus } from "../../app/tier/status.ts";
import { verifyTiering } from "../../app/tier/verify.ts";
import { EXIT, FirnError } from "../../base/error.ts";
import { formatMoney } from "../../base/money.ts";
import { countOf, formatBytes } from "../../base/size.ts";
import type { TierPlan } from "../../plan/tier/tier-plan.ts";
import { tierProgress } from "../../watch/tier-progress.ts";
import { confirm } from "../confirm.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";
import { setExitCode } from "../outcome.ts";
import { addPriceOptions, amount, priceWish, type RawPriceOptions } from "../price-options.ts";
import { appliedJson, appliedText } from "../show/tier-apply-text.ts";
import { planText, statusText } from "../show/tier-text.ts";
import { verifyJson, verifyText } from "../show/tier-verify-text.ts";

export function register(program: Command, door: Door): void {
  const tier = program.command("tier").description("What is kept in which storage class, by how fast you must have it back");
  registerStatus(tier, door);
  registerPlan(tier, door);
  registerApply(tier, door);
  registerVerify(tier, door);
}

function registerStatus(tier: Command, door: Door): void {
  const command = addPriceOptions(tier.command("status").description("What is where now, what it is for and what it costs a month"));
  command.action(async (options: RawPriceOptions) => {
    const status = await showTierStatus(globalsOf(command), door, priceWish(options));
    door.stdout.write(globalsOf(command).json ? `${JSON.stringify({ message_type: "tier_status", ...status })}\n` : statusText(status));
  });
}

interface PlanFlags extends RawPriceOptions {
  out?: string;
  strict?: boolean;
}

function registerPlan(tier: Command, door: Door): void {
  const command = addPriceOptions(
    tier.command("plan").description("What to freeze and what to bring back, with price and reason; changes nothing"),
  )
    .option("--out <file>", "write the plan to a file, for `firn tier apply FILE`")
    .option("--strict", "also bring back what only counts as needed because snapshots in between were forgotten");
  command.action(async (flags: PlanFlags) => {
    const globals = globalsOf(command);
    const plan = await planTiers(globals, door, { ...priceWish(flags), strict: flags.strict === true, out: inFolder(door, flags.out) });
    if (globals.json) door.stdout.write(`${JSON.stringify({ message_type: "tier_plan", ...plan })}\n`);
    else if (!globals.quiet) door.stdout.write(planText(plan, globals.verbose > 0));
  });
}

interface ApplyFlags extends RawPriceOptions {
  yes?: boolean;
  strict?: boolean;
  maxCost?: string;
  assumeUnversioned?: boolean;
  stateDir?: string;
}

function registerApply(tier: Command, door: Door): void {
  const command = addPriceOptions(
    tier.command("apply").argument("[file]", "a plan made by `firn tier plan --out`; without it one is made now"),
  )
    .description("Carry a plan out: change storage classes, ask for thaws")
    .option("-y, --yes", "do not ask before spending")
    .option("--max-cost <amount>", "spend at most so much (default: what the plan says)")
    .option("--strict", "see `firn tier plan`")
    .option("--assume-unversioned", "go on where the server does not say whether the bucket is versioned or locked")
    .option("--state-dir <folder>", "where the journal is (default: $FIRN_STATE_DIR, else the user's state folder)");
  command.action(async (file: string | undefined, flags: ApplyFlags) => {
    const globals = globalsOf(command);
    const progress = tierProgress({ screens: door, world: door.world, json: globals.json, quiet: globals.quiet });
    try {
      const applied = await applyTiers(globals, door, {
        ...priceWish(flags),
        file: inFolder(door, file),
        strict: flags.strict === true,
        maxCost: amount(flags.maxCost, "--max-cost"),
        assumeUnversioned: flags.assumeUnversioned === true,
        stateDir: flags.stateDir,
        listener: progress.listen,
        confirm: async (plan) => {
          if (!globals.json && !globals.quiet && flags.yes !== true) door.stdout.write(planText(plan, globals.verbose > 0));
          return flags.yes === true || plan.steps.length === 0 || confirm(door, question(plan));
        },
      });
      progress.stop();
      if (applied === undefined) throw new FirnError({ code: "not-confirmed", message: "nothing was done" });
      door.stdout.write(globals.json ? appliedJson(applied) : globals.quiet ? "" : appliedText(applied));
      setExitCode(command, exitCodeOf(applied));
    } finally {
      progress.stop();
    }
  });
}

function inFolder(door: Door, file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(door.cwd, file);
}

function question(plan: TierPlan): string {
  const { price, freeze, promote } = plan.totals;
  return `Spend ${formatMoney(price, plan.prices.currency)} to move ${countOf(freeze.packs + promote.packs, "pack")} (${formatBytes(freeze.bytes + promote.bytes)})?`;
}

/** 20 while promotions wait for a thaw and nothing else is wrong; 0 only when rule 3 is proved. */
function exitCodeOf(applied: Applied): number {
  if (applied.failed.length > 0 || applied.stopped !== undefined) return EXIT.error;
  if (applied.waiting.length > 0) return EXIT.needsThaw;
  return applied.verify.verdict.ok ? EXIT.ok : EXIT.error;
}

function registerVerify(tier: Command, door: Door): void {
  const command = addPriceOptions(
    tier.command("verify").description("Prove from index, folders and LIST alone that everything can be had in time"),
  ).option("--strict", "fail also for what only counts as needed because snapshots in between were forgotten");
  command.action(async (flags: PlanFlags) => {
    const globals = globalsOf(command);
    const report = await verifyTiering(globals, door, { ...priceWish(flags), strict: flags.strict === true });
    if (globals.json) door.stdout.write(verifyJson(report));
    else if (!globals.quiet || !report.verdict.ok) door.stdout.write(verifyText(report));
    if (!report.verdict.ok) setExitCode(command, EXIT.error);
  });
}
