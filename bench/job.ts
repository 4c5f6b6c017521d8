import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contender.ts";
import type { Measured } from "./measure.ts";

/** What a job should come to. `wall`, `memory` and `stored` are firn's median over restic's; `ms` is firn's own median. */
export interface Goal {
  readonly measure: "wall" | "memory" | "stored" | "ms";
  readonly atMost: number;
}

/** What one job took, run by run. The runs of one number were made in turn, so they make pairs. */
export interface JobReport {
  readonly job: string;
  readonly goals?: readonly Goal[];
  readonly byContender: ReadonlyMap<string, readonly Measured[]>;
  /** Bytes in the repository after the job, where the job is about them. */
  readonly stored?: ReadonlyMap<string, number>;
  /** Further facts, a line each. */
  readonly notes?: readonly string[];
}

export interface Context {
  readonly runs: number;
  /** 1 for the full sizes; less for a quick look. */
  readonly scale: number;
  /** An empty folder that is removed at the end. */
  readonly work: string;
  readonly contenders: readonly Contender[];
  /** Tells whoever waits how it goes. */
  readonly say: (text: string) => void;
}

/** Who goes first changes from run to run, so that a warm cache helps all alike. */
export function inTurn<T>(run: number, contenders: readonly T[]): readonly T[] {
  return run % 2 === 0 ? contenders : contenders.toReversed();
}

/** Gathers what was measured, job by job and contender by contender. */
export class Tally {
  readonly #byJob = new Map<string, Map<string, Measured[]>>();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  add(job: string, contender: string, measured: Measured): void {
    const byName = this.#byJob.get(job) ?? new Map<string, Measured[]>();
    this.#byJob.set(job, byName);
    byName.set(contender, [...(byName.get(contender) ?? []), measured]);
    const { wallMs, cpuMs, peakBytes } = measured;
    const figures = `${(wallMs / 1000).toFixed(2)} s, CPU ${(cpuMs / 1000).toFixed(2)} s, ${(peakBytes / 1e6).toFixed(0)} MB`;
    this.#say(`${job}: ${contender} ${figures}`);
  }

  of(job: string): ReadonlyMap<string, readonly Measured[]> {
    return this.#byJob.get(job) ?? new Map();
  }
}

/** Runs something with a folder of its own that is gone afterwards. */
export async function withFolder<T>(parent: string, name: string, run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, `${name}-`));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
