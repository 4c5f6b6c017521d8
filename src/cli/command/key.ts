import type { Command } from "commander";
import { keyAdd, type KeyFacts, keyList, keyPasswd, keyRemove, type NewKeyWish } from "../../app/keys.ts";
import type { World } from "../../base/world.ts";
import { shortId } from "../../base/id.ts";
import type { Door } from "../door.ts";
import { globalsOf } from "../global-options.ts";
import { reportError } from "../report-error.ts";
import { localTime } from "../show/local-time.ts";
import { visible } from "../show/snapshot-table.ts";
import { type Column, formatTable } from "../show/table.ts";

interface NewKeyOptions {
  newPasswordFile?: string;
  newInsecureNoPassword?: boolean;
  host?: string;
  user?: string;
}

export function register(program: Command, door: Door): void {
  const key = program.command("key").description("Passwords that open the repository: list, add, remove, change");
  const tell = (text: string, command: Command): void => {
    if (!globalsOf(command).quiet) door.stdout.write(`${text}\n`);
  };

  const list = key.command("list").description("List the keys; * marks the one in use");
  list.action(async () => {
    const globals = globalsOf(list);
    const keys = await keyList(globals, door, (id, error) => reportError(door, globals.json, "key list", id, error));
    door.stdout.write(globals.json ? keysJson(keys, door.world) : formatTable(columns(door.world), keys));
  });

  const add = withNewKey(key.command("add").description("Add a password"));
  add.action(async (options: NewKeyOptions) => {
    const id = await keyAdd(globalsOf(add), door, wishOf(options));
    tell(`saved new key with ID ${id}`, add);
  });

  const passwd = withNewKey(key.command("passwd").description("Change the password in use"));
  passwd.action(async (options: NewKeyOptions) => {
    const id = await keyPasswd(globalsOf(passwd), door, wishOf(options));
    tell(`saved new key with ID ${id}`, passwd);
  });

  const remove = key.command("remove").description("Remove a password").argument("<id>", "id of the key, or the beginning of it");
  remove.action(async (prefix: string) => {
    const id = await keyRemove(globalsOf(remove), door, prefix);
    tell(`removed key ${id}`, remove);
  });
}

function withNewKey(command: Command): Command {
  return command
    .option("--new-password-file <file>", "file to read the new password from")
    .option("--new-insecure-no-password", "add an empty password")
    .option("--host <host>", "host to note in the key")
    .option("--user <user>", "user to note in the key");
}

function wishOf(options: NewKeyOptions): NewKeyWish {
  return {
    password: { file: options.newPasswordFile, insecureNone: options.newInsecureNoPassword === true },
    hostname: options.host,
    username: options.user,
  };
}

function columns(world: World): Column<KeyFacts>[] {
  return [
    { heading: " ID", lines: ({ id, current }) => [`${current ? "*" : " "}${shortId(id)}`] },
    { heading: "User", lines: ({ username }) => [visible(username)] },
    { heading: "Host", lines: ({ hostname }) => [visible(hostname)] },
    { heading: "Created", lines: ({ created }) => [localTime(created, world)] },
  ];
}

function keysJson(keys: readonly KeyFacts[], world: World): string {
  const rows = keys.map(({ id, current, username, hostname, created }) => ({
    current,
    id,
    userName: username,
    hostName: hostname,
    created: localTime(created, world),
  }));
  return `${JSON.stringify(rows)}\n`;
}
