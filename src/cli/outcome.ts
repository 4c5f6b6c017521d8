import type { Command } from "commander";

const codes = new WeakMap<Command, number>();

/** A command that ends well but not with 0 (3: something was left out, 20: a thaw is needed) says so here. */
export function setExitCode(command: Command, code: number): void {
  codes.set(rootOf(command), code);
}

export function exitCodeOf(program: Command): number {
  return codes.get(program) ?? 0;
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}
