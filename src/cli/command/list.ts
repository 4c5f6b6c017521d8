import type { Command } from "commander";
import { listObjects } from "../../app/list.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";

export function register(program: Command, door: Door): void {
  const command = program
    .command("list")
    .description("List the ids of all objects of a kind")
    .argument("<kind>", "blobs, packs, index, snapshots, keys or locks");
  command.action(async (kind: string) => {
    await listObjects(globalsOf(command), door, kind, (line) => door.stdout.write(`${line}\n`));
  });
}
