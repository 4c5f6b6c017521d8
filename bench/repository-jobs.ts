import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Contender, Task } from "./contender.ts";
import { type Context, type Goal, inTurn, type JobReport, Tally, withFolder } from "./job.ts";
import { type Measured, measure } from "./measure.ts";
import { type S3Server, startS3 } from "./s3-server.ts";
import { median } from "./report.ts";

export interface Step {
  readonly name: "first" | "unchanged" | "restore" | "check";
  readonly goals?: readonly Goal[];
}

/** Jobs of one repository's life, on the same files. */
export interface RepositoryJobs {
  /** For the report: what is backed up, and where to. */
  readonly title: string;
  readonly paths: readonly string[];
  readonly steps: readonly Step[];
  /** Round trip to the S3 server; undefined when the repository is a folder. */
  readonly roundTripMs?: number;
  /** One contender does all its steps before the next one starts: half the room for repositories. */
  readonly oneByOne?: boolean;
}

const TITLES: Readonly<Record<Step["name"], string>> = {
  first: "first backup",
  unchanged: "unchanged backup",
  restore: "restore",
  check: "check --read-data",
};

export async function repositoryJobs(context: Context, jobs: RepositoryJobs): Promise<JobReport[]> {
  const tally = new Tally(context.say);
  const stored = new Map<string, number[]>();
  for (let run = 0; run < context.runs; run++) {
    await withFolder(context.work, "run", async (folder) => {
      await using server = jobs.roundTripMs === undefined ? undefined : await startS3(jobs.roundTripMs);
      const turn = inTurn(run, context.contenders);
      const life = (contender: Contender): Life => new Life(contender, jobs, join(folder, contender.name), server);
      const groups = jobs.oneByOne === true ? turn.map((contender) => [life(contender)]) : [turn.map(life)];
      for (const lives of groups) {
        for (const step of jobs.steps)
          for (const one of lives) tally.add(titleOf(jobs, step), one.contender.name, await one.run(step.name));
        for (const one of lives) {
          const { name } = one.contender;
          stored.set(name, [...(stored.get(name) ?? []), await one.stored()]);
          one.end();
        }
      }
    });
  }
  return jobs.steps.map((step) => ({
    job: titleOf(jobs, step),
    byContender: tally.of(titleOf(jobs, step)),
    ...(step.goals === undefined ? {} : { goals: step.goals }),
    ...(step.name === "first" ? { stored: new Map([...stored].map(([name, bytes]) => [name, median(bytes)])) } : {}),
  }));
}

function titleOf(jobs: RepositoryJobs, step: Step): string {
  return `${TITLES[step.name]}, ${jobs.title}`;
}

/** One contender's repository, from its first backup on. */
class Life {
  readonly contender: Contender;
  readonly #jobs: RepositoryJobs;
  readonly #folder: string;
  readonly #server: S3Server | undefined;

  constructor(contender: Contender, jobs: RepositoryJobs, folder: string, server: S3Server | undefined) {
    this.contender = contender;
    this.#jobs = jobs;
    this.#folder = folder;
    this.#server = server;
  }

  async run(step: Step["name"]): Promise<Measured> {
    switch (step) {
      case "first":
        mkdirSync(this.#folder, { recursive: true });
        this.#call({ kind: "init" });
        return this.#counted({ kind: "backup", paths: this.#jobs.paths });
      case "unchanged":
        return this.#counted({ kind: "backup", paths: this.#jobs.paths });
      case "restore": {
        const target = join(this.#folder, "restored");
        const measured = await this.#counted({ kind: "restore", target });
        rmSync(target, { recursive: true, force: true });
        return measured;
      }
      case "check":
        return this.#counted({ kind: "check" });
    }
  }

  async stored(): Promise<number> {
    if (this.#server !== undefined) return this.#server.storedBytes(this.contender.name);
    return readdirSync(this.#repo, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #repo(): string {
    return this.#server?.repo(this.contender.name) ?? join(this.#folder, "repo");
  }

  async #counted(task: Task): Promise<Measured> {
    const before = await this.#server?.requests();
    const measured = this.#call(task);
    if (before === undefined) return measured;
    return { ...measured, requests: (await this.#server!.requests()) - before };
  }

  #call(task: Task): Measured {
    const { contender } = this;
    const env = { ...this.#server?.env, ...contender.env(this.#repo, join(this.#folder, "cache")) };
    // 3: some files could not be read, the snapshot was taken all the same.
    return measure({ argv: [...contender.argv, ...contender.args(task)], env, ok: [0, 3] });
  }
}
