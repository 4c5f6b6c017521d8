import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Context, inTurn, type JobReport, Tally, withFolder } from "./job.ts";
import { measure } from "./measure.ts";
import { repositoryJobs, type Step } from "./repository-jobs.ts";
import { warm, writeDiskImage, writeRandomFile } from "./source.ts";
import type { TreeFacts } from "./tree.ts";

const GIB = 2 ** 30;
const LARGE_FILE = 4 * GIB;
const ROUND_TRIP_MS = 30;

const wall = (atMost: number) => ({ measure: "wall", atMost }) as const;
const stored = { measure: "stored", atMost: 1.02 } as const;
const memory = { measure: "memory", atMost: 2 } as const;

const LIFE: readonly Step[] = [
  { name: "first", goals: [wall(0.45), memory, stored] },
  { name: "unchanged", goals: [wall(0.35)] },
  { name: "restore", goals: [wall(0.6)] },
  { name: "check", goals: [wall(0.8)] },
];
const S3_LIFE: readonly Step[] = LIFE.map(({ name }) => ({ name, goals: [wall(0.6)] }));
const LARGE_LIFE: readonly Step[] = [{ name: "first", goals: [wall(0.6), stored] }, { name: "restore" }];

export interface Suite {
  readonly name: string;
  readonly about: string;
  run(context: Context, tree: TreeFacts): Promise<JobReport[]>;
}

export const SUITES: readonly Suite[] = [
  {
    name: "tree",
    about: "first backup, unchanged backup, restore and check --read-data of real folders",
    run: (context, tree) => repositoryJobs(context, { title: "folders", paths: tree.paths, steps: LIFE }),
  },
  { name: "random", about: "backup and restore of one 4 GiB file of random bytes", run: randomFile },
  { name: "image", about: "backup and restore of one 4 GiB disk image", run: diskImage },
  { name: "start", about: "the program's start, by its version", run: startUp },
  { name: "listing", about: "snapshots and ls with 1,000 snapshots and 1 million blobs", run: elsewhere("listing.ts", "listing") },
  { name: "index", about: "loading an index of 10 million blobs", run: elsewhere("index.ts", "indexLoad") },
  {
    name: "s3",
    about: "the jobs of `tree` over S3 on loopback",
    run: (context, tree) => repositoryJobs(context, { title: "S3 on loopback", paths: tree.paths, steps: S3_LIFE, roundTripMs: 0 }),
  },
  {
    name: "s3-far",
    about: `the jobs of \`tree\` over S3 with a round trip of ${ROUND_TRIP_MS} ms`,
    run: (context, tree) =>
      repositoryJobs(context, {
        title: `S3 ${ROUND_TRIP_MS} ms away`,
        paths: tree.paths,
        steps: S3_LIFE,
        roundTripMs: ROUND_TRIP_MS,
      }),
  },
];

function randomFile(context: Context): Promise<JobReport[]> {
  return largeFile(context, "random bytes", (path, bytes) => writeRandomFile(path, bytes));
}

function diskImage(context: Context, tree: TreeFacts): Promise<JobReport[]> {
  return largeFile(context, "disk image", (path, bytes) => writeDiskImage(path, bytes, tree.paths));
}

function largeFile(context: Context, what: string, write: (path: string, bytes: number) => void): Promise<JobReport[]> {
  return withFolder(context.work, "source", async (folder) => {
    const path = join(folder, "file");
    write(path, Math.round(LARGE_FILE * context.scale));
    warm([path]);
    const title = `${what}, ${(statSync(path).size / GIB).toFixed(1)} GiB`;
    return repositoryJobs(context, { title, paths: [path], steps: LARGE_LIFE, oneByOne: true });
  });
}

async function startUp(context: Context): Promise<JobReport[]> {
  const tally = new Tally(() => undefined);
  for (let run = 0; run < context.runs * 5; run++) {
    for (const contender of inTurn(run, context.contenders)) {
      tally.add("version", contender.name, measure({ argv: [...contender.argv, ...contender.args({ kind: "version" })] }));
    }
  }
  return [{ job: "version", goals: [{ measure: "ms", atMost: 80 }], byContender: tally.of("version") }];
}

/** A suite with a file of its own. */
function elsewhere(file: string, name: string): Suite["run"] {
  return async (context) => {
    const path = resolve(import.meta.dirname, file);
    if (!existsSync(path)) {
      context.say(`${file} is not there`);
      return [];
    }
    const found = (await import(pathToFileURL(path).href)) as Readonly<Record<string, (context: Context) => Promise<JobReport[]>>>;
    return found[name]!(context);
  };
}
