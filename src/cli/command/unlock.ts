import type { Command } from "commander";
import { unlockRepository } from "../../app/unlock.ts";
import { countOf } from "../../base/size.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";

export function register(program: Command, door: Door): void {
  const command = program
    .command("unlock")
    .description("Remove locks whose owner is gone, or silent for over half an hour")
    .option("--remove-all", "remove all locks, also those of programs at work");
  command.action(async (options: { removeAll?: boolean }) => {
    const globals = globalsOf(command);
    const removed = await unlockRepository(globals, door, options.removeAll === true);
    if (globals.json || globals.quiet) return;
    door.stdout.write(removed === 0 ? "no lock is stale\n" : `removed ${countOf(removed, "lock")}\n`);
  });
}
