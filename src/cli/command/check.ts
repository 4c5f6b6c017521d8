import type { Command } from "commander";
import { checkRepository } from "../../app/check.ts";
import { FirnError } from "../../base/error.ts";
import { checkPrinter } from "../../watch/check-printer.ts";
import { callerOf, type Door } from "../door.ts";
import { addFilterOptions, filterOf, type RawFilter } from "../filter-options.ts";
import { globalsOf } from "../global-options.ts";

interface Flags extends RawFilter {
  readData?: boolean;
  readDataSubset?: string;
  withCache?: boolean;
}

export function register(program: Command, door: Door): void {
  const command = program
    .command("check")
    .description("Check the repository for errors; every error is listed")
    .argument("[snapshot...]", "check only these (default: all)")
    .option("--read-data", "read all packs and check every byte; archived ones are left out and counted")
    .option("--read-data-subset <subset>", "read a part: n/t, a percentage such as 2.5% or a size such as 10G at random")
    .option("--with-cache", "use the usual local cache instead of a temporary one");
  addFilterOptions(command).action(async (names: string[], flags: Flags) => {
    const globals = globalsOf(command);
    const { json, quiet } = globals;
    const printer = checkPrinter({ screens: { stdout: door.stdout, stderr: door.stderr }, world: door.world, json, quiet });
    try {
      const report = await checkRepository(
        {
          access: globals,
          readData: flags.readData === true,
          readDataSubset: flags.readDataSubset,
          withCache: flags.withCache === true,
          names,
          snapshots: filterOf(flags, door.world),
        },
        {
          ...callerOf(door),
          emit: printer.listen,
          onFinding: printer.finding,
          onNote: printer.note,
        },
      );
      printer.summary(report);
      if (report.errors > 0) throw damageFound(report.errors, report.brokenPacks.length);
    } finally {
      printer.stop();
    }
  });
}

function damageFound(errors: number, packs: number): FirnError {
  const broken = packs === 0 ? "" : `, ${packs} packs damaged or missing`;
  return new FirnError({
    code: "damaged",
    message: `the repository contains errors: ${errors} found${broken}`,
    hint: "`firn restore` gives back everything the damage does not touch; `restic repair index` or `restic repair packs`, then a backup of the same files, mends it",
  });
}
