import type { Command, Option } from "commander";
import { FirnError } from "../base/error.ts";
import { COMMANDS } from "./registry.ts";

/** `help x` is `x --help`, and `help x y` is `x y --help`. */
export function helpAsFlag(program: Command, args: readonly string[]): string[] {
  const at = commandAt(program, args);
  if (args[at] !== "help") return [...args];
  const [name] = args.slice(at + 1);
  const known = name === undefined || COMMANDS.some((entry) => entry.name === name);
  return [...args.slice(0, at), ...args.slice(at + 1), ...(known ? ["--help"] : [])];
}

/** Where the first word is that is neither an option nor an option's value; beyond the end when there is none. */
export function commandAt(program: Command, args: readonly string[]): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return i + 1;
    if (!arg.startsWith("-")) return i;
    if (takesValue(program, arg)) i++;
  }
  return args.length;
}

/** `-nv` where -n is the command's and -v everyone's: commander would look for both in one place. */
export function apart(program: Command, args: readonly string[]): string[] {
  const command = program.commands.find((one) => one.name() === args[commandAt(program, args)]);
  const options = [...optionsBelow(command), ...program.options];
  const named = (name: string): Option | undefined => options.find(({ long, short }) => long === name || short === name);
  const apartOne = (cluster: string): string[] => {
    const parts: string[] = [];
    for (let i = 1; i < cluster.length; i++) {
      const option = named(`-${cluster[i]}`);
      if (option === undefined) return [cluster];
      parts.push(`-${cluster[i]}`);
      if (!option.required) continue;
      return i + 1 < cluster.length ? [...parts, cluster.slice(i + 1)] : parts;
    }
    return parts;
  };
  const result: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...result, ...args.slice(i)];
    const parts = /^-[a-z]{2}/i.test(arg) ? apartOne(arg) : [arg];
    result.push(...parts);
    // What follows belongs to it, whatever it looks like.
    if (named(parts.at(-1)!)?.required === true && i + 1 < args.length) result.push(args[++i]!);
  }
  return result;
}

function optionsBelow(command: Command | undefined): readonly Option[] {
  return command === undefined ? [] : [...command.options, ...command.commands.flatMap(optionsBelow)];
}

/** Without a command commander would show its help, whatever the options are. */
export function refuseUnknown(program: Command, args: readonly string[]): void {
  const known = new Set(program.options.flatMap(({ long, short }) => [long, short]).concat("--help", "-h", "--", "-"));
  for (let i = 0; i < args.length; i++) {
    const flag = args[i]!.split("=", 1)[0]!;
    const isCluster = /^-[a-z]{2,}$/i.test(flag);
    if (flag.startsWith("-") && !isCluster && !known.has(flag)) {
      throw new FirnError({ code: "usage", message: `unknown option '${flag}'`, hint: "see `firn help`" });
    }
    if (takesValue(program, args[i]!)) i++;
  }
}

/** `--repo`, `-r`, and `-qr`: the next word belongs to it. */
function takesValue(program: Command, flag: string): boolean {
  const needs = (name: string): boolean =>
    program.options.some(({ long, short, required }) => required && (long === name || short === name));
  if (!/^-[a-z]{2,}$/i.test(flag)) return needs(flag);
  const first = flag
    .slice(1)
    .split("")
    .findIndex((letter) => needs(`-${letter}`));
  return first === flag.length - 2;
}

/** `--verbose=2` and `-v=2`, as restic takes them, are so many single ones. */
export function spreadVerbosity(argv: readonly string[]): string[] {
  return argv.flatMap((arg) => {
    const match = /^(?:--verbose|-v)=(\d)$/.exec(arg);
    return match === null ? [arg] : Array.from({ length: Number(match[1]) }, () => "--verbose");
  });
}
