import { statSync } from "node:fs";
import { isAbsolute, normalize } from "node:path";
import { EXIT } from "../base/error.ts";
import { passwordReader } from "./ask-password.ts";
import type { Door } from "./door.ts";
import { runProgram } from "./program.ts";
import { interruptible } from "./signals.ts";
import { terminalOf } from "./terminal.ts";
import { systemWorld } from "../app/system-world.ts";

/** The program's entry: builds the door to this process, runs one command, leaves with its exit code. */
export async function main(): Promise<never> {
  const stdout = terminalOf(process.stdout);
  const stderr = terminalOf(process.stderr);
  const signal = interruptible();
  // Node makes the stream of standard input when it is first asked for: 4 ms that few commands need.
  const ask = lazily(() => passwordReader({ input: process.stdin, output: process.stderr, signal }));
  const door: Door = {
    world: systemWorld(),
    stdout,
    stderr,
    signal,
    get stdin() {
      return process.stdin;
    },
    cwd: workingFolder(),
    notice: (text) => stderr.write(`${text}\n`),
    get canRetype() {
      return process.stdin.isTTY;
    },
    askPassword: (prompt) => ask()(prompt),
  };
  const code = await runProgram(process.argv.slice(2), door);
  await stdout.drain();
  if (stdout.lost !== undefined) stderr.write(`firn: standard output is incomplete: ${stdout.lost.message}\n`);
  await stderr.drain();
  process.exit(code === EXIT.ok && stdout.lost !== undefined ? EXIT.error : code);
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** The shell's own name for the working folder when it is the same folder, as Go has it: links stay as the user sees them. */
function workingFolder(): string {
  const real = process.cwd();
  const named = process.env["PWD"];
  if (named === undefined || !isAbsolute(named)) return real;
  try {
    const [a, b] = [statSync(named, { bigint: true }), statSync(real, { bigint: true })];
    return a.ino === b.ino && a.dev === b.dev ? normalize(named) : real;
  } catch {
    return real;
  }
}
