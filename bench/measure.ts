import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/** What one run of a command took. CPU covers the command and all its children. */
export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Exit codes that count as success. */
  readonly ok?: readonly number[];
}

/** Runs a command in a measuring parent of its own, because the kernel reports peak memory over all children a process ever had. */
export function measure(command: Command): Measured {
  const request = JSON.stringify({ argv: command.argv, cwd: command.cwd ?? process.cwd(), ok: command.ok ?? [0] });
  const child = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", resolve(import.meta.dirname, "measure-child.ts")], {
    input: request,
    env: { ...process.env, ...command.env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (child.status !== 0) throw new Error(`${command.argv.join(" ")} failed:\n${child.stderr}`);
  return JSON.parse(child.stdout) as Measured;
}
