import type { Command, Help, Option } from "commander";

/** Lists of a help page: a heading, then rows of term and description. */
interface Section {
  readonly heading: string;
  readonly rows: readonly (readonly [term: string, description: string])[];
}

/** What a person looks for first comes first: the commands before the many options they share, which a command's own page leaves out. */
export function helpPage(command: Command, helper: Help): string {
  const sections = [argumentsOf(command, helper), ...commandsOf(command, helper), ...optionsOf(command, helper)];
  const commandWidth = Math.max(0, ...command.commands.map((child) => child.name().length));
  const lines = [`Usage: ${usageOf(command, helper)}`, ""];
  const description = helper.commandDescription(command);
  if (description !== "") lines.push(helper.boxWrap(description, helper.helpWidth ?? 80), "");
  for (const { heading, rows } of sections) {
    if (rows.length === 0) continue;
    const width = Math.max(commandWidth, ...rows.map(([term]) => helper.displayWidth(term)));
    lines.push(heading, ...rows.map(([term, text]) => helper.formatItem(term, width, text, helper)), "");
  }
  lines.push(closingWords(command));
  return `${lines.join("\n")}\n`;
}

/** `firn key add`: how the command is called. */
export function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function usageOf(command: Command, helper: Help): string {
  if (command.commands.length > 0) return `${nameOf(command)} <command> [options]`;
  return helper.commandUsage(command);
}

function argumentsOf(command: Command, helper: Help): Section {
  const rows = helper.visibleArguments(command).map((argument) => [helper.argumentTerm(argument), argument.description] as const);
  return { heading: "Arguments:", rows };
}

function commandsOf(command: Command, helper: Help): Section[] {
  const groups = Map.groupBy(command.commands, (child) => child.helpGroup() || "Commands:");
  return [...groups].map(([heading, children]) => ({
    heading,
    rows: children.map((child) => [child.name(), helper.subcommandDescription(child)] as const),
  }));
}

function optionsOf(command: Command, helper: Help): Section[] {
  // A parent's page is about its commands.
  if (command.parent !== null && command.commands.length > 0) return [];
  const isHelp = (option: Option): boolean => option.long === "--help";
  const visible = helper.visibleOptions(command).filter((option) => !isHelp(option));
  const groups = Map.groupBy(visible, (option) => option.helpGroupHeading ?? "Options:");
  return [...groups].map(([heading, options]) => ({
    heading,
    rows: options.map((option) => [helper.optionTerm(option), helper.optionDescription(option)] as const),
  }));
}

function closingWords(command: Command): string {
  if (command.parent === null) return "`firn help <command>` shows what a command takes beside these.";
  if (command.commands.length > 0) return `\`${nameOf(command).replace(/^firn /, "firn help ")} <command>\` shows what each takes.`;
  return "Every command also takes --repo, --password-file, --json, --quiet, --verbose and\nothers: `firn help` lists them.";
}
