import { runProgram } from "../src/cli/program.ts";
import type { Terminal } from "../src/cli/terminal.ts";
import { systemWorld } from "../src/app/system-world.ts";
import type { FirnFinished, FirnOptions } from "./firn.ts";

/** Runs a command in this process: the same program without the start of a Node, for tests that run many. */
export async function firnHere(args: readonly string[], options: FirnOptions = {}): Promise<FirnFinished> {
  const [stdout, stderr] = [new Recorder(), new Recorder()];
  const env = {
    ...(options.repo === undefined ? {} : { RESTIC_REPOSITORY: options.repo }),
    ...(options.password === undefined ? {} : { RESTIC_PASSWORD: options.password }),
    HOME: "/nonexistent",
    ...options.env,
  };
  const cache = options.cacheDir === undefined ? ["--no-cache"] : ["--cache-dir", options.cacheDir];
  const status = await runProgram([...cache, ...args], {
    world: { ...systemWorld(), env },
    stdout,
    stderr,
    signal: new AbortController().signal,
    stdin: process.stdin,
    cwd: options.cwd ?? process.cwd(),
    askPassword: async () => undefined,
    notice: (line) => stderr.write(`${line}\n`),
  });
  if (status === 0 || options.anyStatus === true) return { status, stdout: stdout.text, stderr: stderr.text };
  throw new Error(`firn ${args.join(" ")} exited ${status}: ${stderr.text}`);
}

class Recorder implements Terminal {
  readonly isTTY = false;
  readonly columns = 80;
  readonly #parts: Uint8Array[] = [];

  write(text: string): void {
    this.#parts.push(Buffer.from(text));
  }

  writeBytes(bytes: Uint8Array): void {
    this.#parts.push(Uint8Array.from(bytes));
  }

  async drain(): Promise<void> {
    // Nothing is on its way.
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}
