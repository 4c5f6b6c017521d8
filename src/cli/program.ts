import { Command, CommanderError } from "commander";
import { EXIT, FirnError, messageOf } from "../base/error.ts";
import { PROGRAM_VERSION } from "../base/version.ts";
import { apart, commandAt, helpAsFlag, refuseUnknown, spreadVerbosity } from "./argument-line.ts";
import type { Door } from "./door.ts";
import { addGlobalOptions } from "./global-options.ts";
import { helpPage, nameOf } from "./help.ts";
import { exitCodeOf } from "./outcome.ts";
import { COMMANDS } from "./registry.ts";

/** Runs one command line and resolves to its exit code; never throws. */
export async function runProgram(argv: readonly string[], door: Door): Promise<number> {
  const wantsJson = argv.includes("--json");
  const said: string[] = [];
  try {
    const program = emptyProgram(door, said);
    const args = helpAsFlag(program, spreadVerbosity(argv));
    await addCommands(program, args, door);
    await program.parseAsync(apart(program, args), { from: "user" });
    return exitCodeOf(program);
  } catch (error) {
    const failure = door.signal.aborted ? door.signal.reason : error;
    if (failure instanceof CommanderError) return afterCommander(failure, door, wantsJson, said.join(""));
    reportFailure(failure, door, wantsJson);
    return failure instanceof FirnError ? failure.exitCode : EXIT.error;
  }
}

/** commander's words go to people; programs get the same line as for any failure. */
function afterCommander(failure: CommanderError, door: Door, json: boolean, said: string): number {
  if (failure.exitCode === 0) return EXIT.ok;
  if (failure.code === "commander.help") {
    // A command line that names no command asks what there is, as with restic.
    door.stdout.write(said);
    return EXIT.ok;
  }
  if (json)
    reportFailure(
      new FirnError({ code: "usage", message: bare(failure.message).replaceAll("\n", " "), hint: "see `firn help`" }),
      door,
      true,
    );
  else door.stderr.write(said);
  return EXIT.error;
}

function bare(message: string): string {
  return message.replace(/^error: /, "");
}

function emptyProgram(door: Door, said: string[]): Command {
  const program = new Command("firn");
  program
    .description("Backup for the restic repository format that knows how fast you must have things back, and what that costs.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("      see `firn help`")
    .helpCommand(false)
    .configureHelp({ helpWidth: Math.min(door.stdout.columns, 100), formatHelp: helpPage })
    .configureOutput({
      writeOut: (text) => door.stdout.write(text),
      writeErr: (text) => void said.push(text),
      outputError: (text, write) => write(`firn: ${bare(text).replace(/\(Did you mean (.*)\?\)/, "      did you mean $1?")}`),
    });
  addGlobalOptions(program);
  program.version(`firn ${PROGRAM_VERSION}`, "--version", "print the version");
  return program;
}

/** Only the wanted one is loaded; of the others the name is enough. */
async function addCommands(program: Command, args: readonly string[], door: Door): Promise<void> {
  const wanted = args[commandAt(program, args)];
  if (wanted === undefined) refuseUnknown(program, args);
  for (const entry of COMMANDS) {
    if (entry.name === wanted) (await entry.load()).register(program, door);
    else program.command(entry.name).description(entry.summary);
    program.commands.at(-1)?.helpGroup(`${entry.group}:`);
  }
  for (const command of program.commands) inherit(command, program);
}

/** Sub-commands made before the program's settings do not copy them by themselves. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  command.helpCommand(false).showHelpAfterError(`      see \`${nameOf(command).replace(/^firn/, "firn help")}\``);
  for (const child of command.commands) inherit(child, command);
}

function reportFailure(error: unknown, door: Door, json: boolean): void {
  const code = error instanceof FirnError ? error.exitCode : EXIT.error;
  const hint = error instanceof FirnError ? error.hint : undefined;
  const message = messageOf(error);
  if (json) {
    door.stderr.write(
      `${JSON.stringify({ message_type: "exit_error", code, message: hint === undefined ? message : `${message}; ${hint}` })}\n`,
    );
    return;
  }
  door.stderr.write(`firn: ${message}\n`);
  if (hint !== undefined) door.stderr.write(`      ${hint}\n`);
  if (!(error instanceof FirnError) && error instanceof Error) {
    door.stderr.write(`      this is a bug in firn, please report it:\n${error.stack ?? ""}\n`);
  }
}
