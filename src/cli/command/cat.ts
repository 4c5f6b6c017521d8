import type { Command } from "commander";
import { cat } from "../../app/cat.ts";
import { EXIT } from "../../base/error.ts";
import type { Door } from "../door.ts";
import { filterOf } from "../filter-options.ts";
import { globalsOf } from "../global-options.ts";
import { setExitCode } from "../outcome.ts";
import { reportError } from "../report-error.ts";

export function register(program: Command, door: Door): void {
  const command = program
    .command("cat")
    .description("Print an object of the repository as it is inside")
    .argument("<kind>", "masterkey, config, pack, blob, snapshot, index, key, lock or tree")
    .argument("[id]", "id or the beginning of one; for a tree <snapshot>[:folder]");
  command.action(async (kind: string, id: string | undefined) => {
    const globals = globalsOf(command);
    const onError = (name: string, error: unknown): void => {
      reportError(door, globals.json, "cat", `snapshots/${name}`, error);
      setExitCode(command, EXIT.error);
    };
    door.stdout.writeBytes(await cat(globals, door, kind, id, { filter: filterOf({}, door.world), onError }));
  });
}
