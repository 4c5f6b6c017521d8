import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Measured, measure } from "./measure.ts";
import { formatReport, type JobReport } from "./report.ts";
import { realTree } from "./tree.ts";

/**
 * Firnline and restic on the same real tree, in one run, in turn (A B A B): first backup, unchanged backup, restore, check of all data.
 * `npm run bench -- [--runs 3] [--tree PATH]... [--out FILE]`
 */
const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    tree: { type: "string", multiple: true, default: [] },
    out: { type: "string" },
    work: { type: "string" },
  },
});
const runs = Number(values.runs);
const tree = realTree(values.tree);
const work = mkdtempSync(join(values.work ?? tmpdir(), "firn-bench-"));
const restic = process.env["FIRN_RESTIC"] ?? join(root, ".peers/bin/restic");

interface Contender {
  readonly name: string;
  readonly argv: readonly string[];
}

const contenders: Contender[] = [
  { name: "firn", argv: [process.execPath, "--disable-warning=ExperimentalWarning", join(root, "bin/firn.js")] },
];
if (existsSync(restic)) contenders.push({ name: "restic", argv: [restic] });
else process.stderr.write("restic is not there (run scripts/peers): only firn is measured\n");

const JOBS = ["first backup", "unchanged backup", "restore", "check --read-data"] as const;
type Job = (typeof JOBS)[number];

const results = new Map<Job, Map<string, Measured[]>>(JOBS.map((job) => [job, new Map()]));
const stored = new Map<string, number>();

try {
  for (let run = 0; run < runs; run++) {
    for (const job of JOBS) for (const contender of inTurn(run)) record(job, contender, run);
    for (const contender of contenders) {
      stored.set(contender.name, folderBytes(repoOf(contender, run)));
      rmSync(placeOf(contender, run), { recursive: true, force: true });
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

const jobs: JobReport[] = JOBS.map((job) => ({ job, byContender: results.get(job)! }));
const text = formatReport({
  jobs,
  contenders: contenders.map(({ name }) => name),
  stored,
  tree,
  runs,
  machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}/${process.arch}, Node ${process.versions.node}`,
  date: new Date().toISOString().slice(0, 10),
});
process.stdout.write(text);
if (values.out !== undefined) writeFileSync(values.out, text);

/** Who goes first changes from run to run, so that a warm cache helps both alike. */
function inTurn(run: number): readonly Contender[] {
  return run % 2 === 0 ? contenders : contenders.toReversed();
}

function placeOf(contender: Contender, run: number): string {
  return join(work, `${contender.name}-${run}`);
}

function repoOf(contender: Contender, run: number): string {
  return join(placeOf(contender, run), "repo");
}

function record(job: Job, contender: Contender, run: number): void {
  const place = placeOf(contender, run);
  mkdirSync(place, { recursive: true });
  const env = {
    RESTIC_REPOSITORY: repoOf(contender, run),
    RESTIC_PASSWORD: "bench",
    RESTIC_CACHE_DIR: join(place, "cache"),
    RESTIC_PROGRESS_FPS: "0.01",
  };
  const call = (...args: string[]): Measured => measure({ argv: [...contender.argv, ...args], env, ok: [0, 3] });
  if (job === "first backup") call("init");
  const measured = runJob(job, call, place);
  const byName = results.get(job)!;
  byName.set(contender.name, [...(byName.get(contender.name) ?? []), measured]);
  process.stderr.write(`run ${run + 1}/${runs} ${job} ${contender.name}: ${(measured.wallMs / 1000).toFixed(2)} s\n`);
}

function runJob(job: Job, call: (...args: string[]) => Measured, place: string): Measured {
  switch (job) {
    case "first backup":
    case "unchanged backup":
      return call("backup", "--quiet", ...tree.paths);
    case "restore":
      return call("restore", "latest", "--quiet", "--target", join(place, "restored"));
    case "check --read-data":
      return call("check", "--read-data", "--quiet");
  }
}

function folderBytes(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
