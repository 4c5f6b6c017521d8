import { readPassword } from "./ask-password.ts";
import type { Door } from "./door.ts";
import { runProgram } from "./program.ts";
import { interruptible } from "./signals.ts";
import { terminalOf } from "./terminal.ts";
import { systemWorld } from "../app/system-world.ts";

/** The program's entry: builds the door to this process, runs one command, leaves with its exit code. */
export async function main(): Promise<never> {
  const stdout = terminalOf(process.stdout);
  const stderr = terminalOf(process.stderr);
  const door: Door = {
    world: systemWorld(),
    stdout,
    stderr,
    signal: interruptible(),
    stdin: process.stdin,
    cwd: process.cwd(),
    askPassword: (prompt) => readPassword(process.stdin, process.stderr, prompt),
  };
  const code = await runProgram(process.argv.slice(2), door);
  await stdout.drain();
  await stderr.drain();
  process.exit(code);
}
