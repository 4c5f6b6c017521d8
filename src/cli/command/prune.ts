import type { Command } from "commander";
import { FirnError } from "../../base/error.ts";
import { prune } from "../../app/prune.ts";
import { stepsPrinter } from "../../watch/steps-printer.ts";
import { callerOf, type Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";
import { addCostOptions, costWish, type RawCostOptions } from "../price-options.ts";
import { addPruneOptions, pruneOptionsOf, type RawPrune, refuseUnlocked } from "../prune-options.ts";
import { pruneJson, pruneLines } from "../show/prune-report.ts";

export function register(program: Command, door: Door): void {
  const command = program.command("prune").description("Remove data that no snapshot needs; archived packs are never read or rewritten");
  command
    .option("-n, --dry-run", "only say what would be done")
    .option("--unsafe-recover-no-free-space <id>", "refused here: it would leave no index if it were interrupted");
  addPruneOptions(command);
  addCostOptions(command).action(async (flags: RawPrune & RawCostOptions & { dryRun?: boolean; unsafeRecoverNoFreeSpace?: string }) => {
    const globals = globalsOf(command);
    const dryRun = flags.dryRun === true;
    refuseUnlocked(globals.useLock, dryRun, "prune");
    if (flags.unsafeRecoverNoFreeSpace !== undefined) throw neverWithoutIndex();
    const request = { ...pruneOptionsOf(flags, globals.compression), dryRun, cost: costWish(flags) };
    const printer = stepsPrinter({ screens: door, world: door.world, json: globals.json, quiet: globals.quiet });
    try {
      const report = await prune(globals, { ...callerOf(door), emit: printer.listen, onPlan: (plan) => show(plan) }, request);
      if (globals.json) door.stdout.write(`${JSON.stringify(pruneJson(report, flags.maxCost !== undefined))}\n`);
      else if (!dryRun) printer.note("done");
    } finally {
      printer.stop();
    }
    function show(report: Parameters<typeof pruneLines>[0]): void {
      for (const line of pruneLines(report, globals.verbose > 0, flags.maxCost !== undefined)) printer.note(line);
    }
  });
}

function neverWithoutIndex(): FirnError {
  return new FirnError({
    code: "usage",
    message:
      "--unsafe-recover-no-free-space removes the index first and is not offered: interrupted, it would leave a repository without one",
    hint: "try `firn prune --max-repack-size 0`: it frees unreferenced packs before it writes anything, and then needs room for one index",
  });
}
