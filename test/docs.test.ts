import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, test } from "node:test";
import { Command, CommanderError } from "commander";
import { splitShellWords } from "../src/app/shell-words.ts";
import { systemWorld } from "../src/app/system-world.ts";
import { EXIT } from "../src/base/error.ts";
import type { Door } from "../src/cli/door.ts";
import { addGlobalOptions } from "../src/cli/global-options.ts";
import { COMMANDS } from "../src/cli/registry.ts";
import type { Terminal } from "../src/cli/terminal.ts";

const root = resolve(import.meta.dirname, "..");
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  ...["docs", "changelog", "src", "icebox", "prices", "scripts"].flatMap(pagesUnder),
];

describe("what the documentation says", () => {
  test("every firn command line shown in a block is one the program takes", async () => {
    const lines = pages.flatMap((page) => blocksOf(page).flatMap((line) => commandsIn(line).map((command) => ({ page, command }))));
    assert.ok(lines.length > 30, `only ${lines.length} command lines were found`);
    const wrong: string[] = [];
    for (const { page, command } of lines) {
      const error = await refusal(command);
      if (error !== undefined) wrong.push(`${page}: ${command}: ${error.message}`);
    }
    assert.deepEqual(wrong, []);
  });

  test("every firn command named in a sentence, or in a message of the program, exists with its options", async () => {
    const sources = filesUnder("src", ".ts").filter((file) => !file.endsWith(".test.ts"));
    const named = [...pages, ...sources].flatMap((file) => commandsNamedIn(file).map((command) => ({ file, command })));
    assert.ok(named.length > 60, `only ${named.length} commands were found`);
    const wrong: string[] = [];
    for (const { file, command } of named) {
      const error = await refusal(command);
      // A sentence may leave out what comes after the words it talks about.
      const cut = error?.code === "commander.missingArgument" || error?.code === "commander.optionMissingArgument";
      if (error !== undefined && !cut) wrong.push(`${file}: ${command}: ${error.message}`);
    }
    assert.deepEqual(wrong, []);
  });

  test("every relative link leads to a file, and to a heading of it", () => {
    const links = pages.flatMap((page) => linksOf(page).map((target) => ({ page, target })));
    assert.ok(links.length > 20, `only ${links.length} links were found`);
    assert.deepEqual(
      links.filter(({ page, target }) => !leadsSomewhere(page, target)),
      [],
    );
  });

  test("every exit code is explained", () => {
    const text = readFileSync(join(root, "docs/when-things-go-wrong.md"), "utf8");
    for (const [name, code] of Object.entries(EXIT)) assert.match(text, new RegExp(`^\\| ${code} \\| \\S`, "m"), `${name} (${code})`);
  });
});

function pagesUnder(folder: string): string[] {
  return filesUnder(folder, ".md");
}

function filesUnder(folder: string, end: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(end) && !name.includes("node_modules")).map((name) => join(folder, name));
}

/** Lines of fenced and of indented blocks that may be commands: those for a shell, not those in another language. */
function blocksOf(page: string): string[] {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of readFileSync(join(root, page), "utf8").split("\n")) {
    const mark = /^\s*```(\w*)/.exec(line);
    if (mark !== null) fence = fence === undefined ? mark[1]! : undefined;
    else if (fence === "" || fence === "sh" || (fence === undefined && line.startsWith("    "))) lines.push(line.trim());
  }
  return lines;
}

/** The firn commands of a shell line, without what they are piped into or come after. */
function commandsIn(line: string): string[] {
  return line
    .replace(/^\$ /, "")
    .split(/ (?:\||&&|>) /)
    .map((part) => /^(?:npx )?(firn (?!is |may ).*)$/.exec(part.trim())?.[1])
    .filter((part) => part !== undefined);
}

/** `firn …` between backticks on one line. Templates and placeholders are passed over. */
function commandsNamedIn(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/`(?:npx )?(firn [a-z-][^`\n]*)`/g)].map((match) => match[1]!).filter((command) => !/[<$…{]/.test(command));
}

/** Why the program does not take a command line; nothing is carried out. */
async function refusal(line: string): Promise<CommanderError | undefined> {
  const program = new Command("firn")
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  addGlobalOptions(program);
  program.option("--version");
  const args = splitShellWords(line).slice(1);
  for (const entry of COMMANDS) if (args.includes(entry.name)) (await entry.load()).register(program, nowhere);
  disarm(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 || error.code === "commander.help" ? undefined : error;
    throw error;
  }
}

function disarm(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    if (child.commands.length === 0) child.action(() => undefined);
    disarm(child);
  }
}

const silent: Terminal = { isTTY: false, columns: 80, write: () => undefined, writeBytes: () => undefined, drain: async () => undefined };

/** A door that leads nowhere: commands are only registered, never run. */
const nowhere: Door = {
  world: systemWorld(),
  stdout: silent,
  stderr: silent,
  signal: new AbortController().signal,
  stdin: process.stdin,
  cwd: root,
  askPassword: async () => undefined,
  notice: () => undefined,
};

function linksOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path, anchor] = target.split("#") as [string, string | undefined];
  const file = path === "" ? join(root, page) : resolve(root, dirname(page), path);
  if (!existsSync(file) || relative(root, file).startsWith("..")) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, "utf8")).includes(anchor);
}

/** Headings as the usual renderers name them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
