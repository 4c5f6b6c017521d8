import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Bytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";

export async function* streamOf(stdin: Readable): AsyncGenerator<Bytes> {
  for await (const part of stdin) yield part as Bytes;
}

/** What a command prints; its stderr goes to `warn` line by line. Throws when it does not end with 0: then nothing is saved. */
export async function* commandOutput(
  argv: readonly string[],
  cwd: string,
  warn: (message: string) => void,
  signal: AbortSignal,
): AsyncGenerator<Bytes> {
  const [program, ...args] = argv;
  if (program === undefined) {
    throw new FirnError({
      code: "usage",
      message: "--stdin-from-command: no command was given",
      hint: "put it after --, as in `firn backup --stdin-from-command -- pg_dump db`",
    });
  }
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"], signal });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(`cannot be run: ${error.message}`));
    child.on("close", (code, killedBy) =>
      resolve(code === 0 ? undefined : killedBy === null ? `ended with code ${code}` : `was killed by ${killedBy}`),
    );
  });
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) warn(`subprocess ${program}: ${line}`);
  });
  try {
    for await (const part of child.stdout) yield part as Bytes;
    const problem = await ended;
    if (rest !== "") warn(`subprocess ${program}: ${rest}`);
    if (problem !== undefined) {
      throw new FirnError({
        code: "command-failed",
        message: `the command ${program} ${problem}`,
        hint: "no snapshot was saved; run it by hand and look",
      });
    }
  } finally {
    child.kill();
  }
}
