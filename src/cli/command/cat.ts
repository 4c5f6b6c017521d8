import type { Command } from "commander";
import { cat } from "../../app/cat.ts";
import type { Door } from "../door.ts";
import { filterOf } from "../filter-options.ts";
import { globalsOf } from "../global-options.ts";

export function register(program: Command, door: Door): void {
  const command = program
    .command("cat")
    .description("Print an object of the repository as it is inside")
    .argument("<kind>", "masterkey, config, pack, blob, snapshot, index, key, lock or tree")
    .argument("[id]", "id or the beginning of one; for a tree <snapshot>[:folder]");
  command.action(async (kind: string, id: string | undefined) => {
    door.stdout.writeBytes(await cat(globalsOf(command), door, kind, id, filterOf({}, door.world)));
  });
}
