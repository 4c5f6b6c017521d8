import type { Command } from "commander";
import { init, parseRepositoryVersion } from "../../app/init.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";

export function register(program: Command, door: Door): void {
  const command = program
    .command("init")
    .description("Create a new, empty repository")
    .option("--repository-version <version>", "version of the format, 1 or 2", "2");
  command.action(async (options: { repositoryVersion: string }) => {
    const globals = globalsOf(command);
    const made = await init(globals, door, parseRepositoryVersion(options.repositoryVersion));
    if (globals.json) {
      door.stdout.write(`${JSON.stringify({ message_type: "initialized", id: made.id, repository: made.location })}\n`);
    } else if (!globals.quiet) {
      door.stdout.write(`created repository ${made.id.slice(0, 10)} (version ${made.version}) at ${made.location}\n\n`);
      door.stdout.write(
        "Keep the password where you will still find it when this machine is gone:\nwithout it nobody can read the backups, you neither.\n",
      );
    }
  });
}
