import type { Command } from "commander";
import { PROGRAM_VERSION } from "../../base/version.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";

export function register(program: Command, door: Door): void {
  program
    .command("version")
    .description("Print the version of firn and of the Node it runs on")
    .action((_options: unknown, command: Command) => {
      const facts = { version: PROGRAM_VERSION, node_version: process.versions.node, os: process.platform, arch: process.arch };
      door.stdout.write(
        globalsOf(command).json
          ? `${JSON.stringify({ message_type: "version", ...facts })}\n`
          : `firn ${facts.version} on Node ${facts.node_version}, ${facts.os}/${facts.arch}\n`,
      );
    });
}
