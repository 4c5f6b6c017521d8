import { writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { findContenders } from "./contender.ts";
import { type Context, type JobReport, withFolder } from "./job.ts";
import { SUITES } from "./jobs.ts";
import { repositoryJobs } from "./repository-jobs.ts";
import { formatReport, type Report } from "./report.ts";
import { warm } from "./source.ts";
import { realTree } from "./tree.ts";

/** Firnline beside restic and rustic, on the same files, in the same run, in turn. */
const HELP = `npm run bench -- [--jobs tree,s3] [--runs 3] [--scale 1] [--tree PATH]... [--with firn,restic] [--work FOLDER] [--out FILE] [--under CMD]

  --jobs NAMES    some of these, separated by commas (all unless given):
${SUITES.map(({ name, about }) => `                    ${name.padEnd(9)}${about}`).join("\n")}
  --runs N        how often each job is done by each program (3)
  --scale F       size of what the bench makes, 1 for the full size; 0.05 for a quick look
  --tree PATH     folders to back up (real ones of this machine unless given)
  --with NAMES    which programs: firn, restic, rustic, before (all that are there)
  --before PATH   another checkout of Firnline as a further program, called before
  --work FOLDER   where repositories and restored files go (the system's temporary folder)
  --out FILE      the report goes there too
  --under CMD     runs each measured command under CMD, for example a lock that keeps the machine quiet
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    jobs: { type: "string" },
    runs: { type: "string", default: "3" },
    scale: { type: "string", default: "1" },
    tree: { type: "string", multiple: true, default: [] },
    with: { type: "string" },
    before: { type: "string" },
    work: { type: "string" },
    out: { type: "string" },
    under: { type: "string" },
  },
});
if (values.help === true) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  if (values.under !== undefined) process.env["FIRN_BENCH_UNDER"] = values.under;
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const contenders = findContenders({ names: values.with?.split(","), before: values.before });
  for (const { name, version } of contenders) say(`${name}: ${version}`);
  for (const name of ["restic", "rustic"])
    if (!contenders.some((one) => one.name === name)) say(`${name} is not measured (see scripts/peers)`);
  const suites = values.jobs === undefined ? SUITES : values.jobs.split(",").map(suiteNamed);
  const [load = 0] = loadavg();
  if (load > 0.5) say(`the machine is not idle (load average ${load.toFixed(2)}): times will be too long and spread widely`);
  const scale = Number(values.scale);
  const tree = realTree(values.tree);
  warm(tree.paths);
  await withFolder(values.work ?? tmpdir(), "firn-bench", async (work) => {
    const context: Context = { runs: Number(values.runs), scale, work, contenders, say };
    await warmUp(context);
    const jobs: JobReport[] = [];
    for (const suite of suites) {
      jobs.push(...(await suite.run(context, tree)));
      // What is done is not lost when a later job fails.
      write({ contenders, jobs, runs: context.runs, facts: factsOf(load, scale, tree, contenders) });
    }
    process.stdout.write(formatReport({ contenders, jobs, runs: context.runs, facts: factsOf(load, scale, tree, contenders) }));
  });
}

/** Everybody's program is in memory, and its compiled code in its cache, before anything counts. */
async function warmUp(context: Context): Promise<void> {
  const steps = (["first", "unchanged", "restore", "check"] as const).map((name) => ({ name }));
  await repositoryJobs({ ...context, runs: 1, say: () => undefined }, { title: "warm-up", paths: [import.meta.dirname], steps });
}

function write(report: Report): void {
  if (values.out !== undefined) writeFileSync(values.out, formatReport(report));
}

function suiteNamed(name: string): (typeof SUITES)[number] {
  const suite = SUITES.find((one) => one.name === name);
  if (suite === undefined) throw new RangeError(`no such job: ${name} (there are ${SUITES.map((one) => one.name).join(", ")})`);
  return suite;
}

function factsOf(load: number, scale: number, tree: ReturnType<typeof realTree>, contenders: Report["contenders"]): string[] {
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${memory} GiB, ${process.platform}/${process.arch}, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Machine: ${machine}; load average at the start ${load.toFixed(2)}. Date: ${date}.`,
    `Programs: ${contenders.map(({ version }) => version).join("; ")}.`,
    `Folders: ${tree.paths.join(" ")}: ${tree.files} files, ${(tree.bytes / 1e9).toFixed(2)} GB.${scale === 1 ? "" : ` Sizes scaled by ${scale}.`}`,
  ];
}
