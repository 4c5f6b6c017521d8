import { Command, CommanderError } from "commander";
import { EXIT, FirnError, messageOf } from "../base/error.ts";
import { PROGRAM_VERSION } from "../base/version.ts";
import type { Door } from "./door.ts";
import { addGlobalOptions } from "./global-options.ts";
import { exitCodeOf } from "./outcome.ts";
import { COMMANDS } from "./registry.ts";

/** Runs one command line and resolves to its exit code; never throws. */
export async function runProgram(argv: readonly string[], door: Door): Promise<number> {
  const args = spreadVerbosity(argv);
  const wantsJson = args.includes("--json");
  try {
    const program = await buildProgram(args, door, wantsJson);
    await program.parseAsync(args, { from: "user" });
    return exitCodeOf(program);
  } catch (error) {
    const failure = door.signal.aborted ? door.signal.reason : error;
    if (failure instanceof CommanderError) return afterCommander(failure, door, wantsJson);
    reportFailure(failure, door, wantsJson);
    return failure instanceof FirnError ? failure.exitCode : EXIT.error;
  }
}

/** commander has told people already; programs get the same line as for any failure. */
function afterCommander(failure: CommanderError, door: Door, json: boolean): number {
  if (failure.exitCode === 0) return EXIT.ok;
  const message = failure.code === "commander.help" ? "a command is missing" : bare(failure.message).replaceAll("\n", " ");
  if (json) reportFailure(new FirnError({ code: "usage", message, hint: "see `firn help`" }), door, true);
  return EXIT.error;
}

function bare(message: string): string {
  return message.replace(/^error: /, "");
}

async function buildProgram(args: readonly string[], door: Door, json: boolean): Promise<Command> {
  const program = new Command("firn");
  program
    .description("Backup for the restic repository format that knows how fast you must have things back, and what that costs.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(run `firn help` or `firn <command> --help`)")
    .configureHelp({ helpWidth: Math.min(door.stdout.columns, 100) })
    .configureOutput({
      writeOut: (text) => door.stdout.write(text),
      writeErr: (text) => (json ? undefined : door.stderr.write(text)),
      outputError: (text, write) => write(`firn: ${bare(text)}`),
    });
  addGlobalOptions(program);
  program.version(`firn ${PROGRAM_VERSION}`, "--version", "print the version");
  const wanted = commandName(program, args);
  for (const entry of COMMANDS) {
    if (entry.name === wanted) (await entry.load()).register(program, door);
    else program.command(entry.name).description(entry.summary);
    program.commands.at(-1)?.helpGroup(`${entry.group}:`);
  }
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Sub-commands made before the program's settings do not copy them by themselves. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  if (command.commands.length === 0) command.addHelpText("after", "\nOptions of every command, such as --repo and --json: `firn help`");
  for (const child of command.commands) inherit(child, command);
}

/** The first word that is neither an option nor an option's value. `help x` asks for x. */
function commandName(program: Command, args: readonly string[]): string | undefined {
  const words: string[] = [];
  for (let i = 0; i < args.length && words.length < 2; i++) {
    const arg = args[i]!;
    if (arg === "--") break;
    if (!arg.startsWith("-")) words.push(arg);
    else if (!arg.includes("=") && takesValue(program, arg)) i++;
  }
  return words[0] === "help" ? words[1] : words[0];
}

function takesValue(program: Command, flag: string): boolean {
  return program.options.some((option) => (option.long === flag || option.short === flag) && option.required);
}

/** `--verbose=2` and `-v=2`, as restic takes them, are so many single ones. */
function spreadVerbosity(argv: readonly string[]): string[] {
  return argv.flatMap((arg) => {
    const match = /^(?:--verbose|-v)=(\d)$/.exec(arg);
    return match === null ? [arg] : Array.from({ length: Number(match[1]) }, () => "--verbose");
  });
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
