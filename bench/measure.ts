import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/** What one run of a command took. CPU covers the command and all its children. */
export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
  /** Requests a server counted meanwhile. */
  readonly requests?: number;
}

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Exit codes that count as success. */
  readonly ok?: readonly number[];
}

/**
 * Runs a command in a measuring parent of its own, because the kernel reports peak memory over all children a process ever had. What
 * FIRN_BENCH_UNDER names runs that parent (a lock, a priority): what it waits for is not measured.
 */
export function measure(command: Command): Measured {
  const request = JSON.stringify({ argv: command.argv, cwd: command.cwd ?? process.cwd(), ok: command.ok ?? [0] });
  const under = (process.env["FIRN_BENCH_UNDER"] ?? "").split(" ").filter((word) => word !== "");
  const child = resolve(import.meta.dirname, "measure-child.ts");
  const [program, ...args] = [...under, process.execPath, "--disable-warning=ExperimentalWarning", child];
  const ran = spawnSync(program, args, {
    input: request,
    env: { ...process.env, ...command.env },
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ran.status !== 0) throw new Error(`${command.argv.join(" ")} failed:\n${ran.error?.message ?? ran.stderr}`);
  return JSON.parse(ran.stdout) as Measured;
}
