import type { Contender } from "./contender.ts";
import type { Goal, JobReport } from "./job.ts";
import type { Measured } from "./measure.ts";

export interface Report {
  readonly jobs: readonly JobReport[];
  readonly contenders: readonly Contender[];
  readonly runs: number;
  /** Machine, date, trees: a line each. */
  readonly facts: readonly string[];
}

type Pick = (measured: Measured) => number;

const WALL: Pick = ({ wallMs }) => wallMs / 1000;
const CPU: Pick = ({ cpuMs }) => cpuMs / 1000;
const PEAK: Pick = ({ peakBytes }) => peakBytes / 1e6;

/**
 * Markdown, so that docs can quote it: first how many times the time and memory of each other program firn takes, as ratios of the medians
 * with the least and the greatest ratio of a pair of runs; then all figures, median (minimum to maximum).
 */
export function formatReport(report: Report): string {
  const others = report.contenders.slice(1);
  const lines = [...report.facts, `${report.runs} runs in turn.`, ""];
  if (others.length > 0) {
    lines.push(
      "Ratios: Firnline's median to the other's (least to greatest ratio of a pair of runs); below 1 is in Firnline's favour.",
      "",
    );
    lines.push("| job | beside | wall | CPU | peak memory | stored | goal |", "|---|---|---|---|---|---|---|");
    for (const job of report.jobs) for (const other of others) lines.push(...ratioLine(job, other.name));
    lines.push("");
  }
  const counted = report.jobs.some(({ byContender }) => [...byContender.values()].flat().some(({ requests }) => requests !== undefined));
  lines.push("Medians (least to greatest).", "");
  lines.push(`| job | program | wall s | CPU s | peak MB | stored MB |${counted ? " requests |" : ""}`);
  lines.push(`|---|---|---|---|---|---|${counted ? "---|" : ""}`);
  for (const job of report.jobs) for (const { name } of report.contenders) lines.push(...figuresLine(job, name, counted));
  const notes = report.jobs.flatMap(({ job, notes: own = [] }) => own.map((note) => `- ${job}: ${note}`));
  if (notes.length > 0) lines.push("", ...notes);
  return `${lines.join("\n")}\n`;
}

function ratioLine(job: JobReport, other: string): string[] {
  const ours = job.byContender.get("firn") ?? [];
  const theirs = job.byContender.get(other) ?? [];
  if (ours.length === 0 || theirs.length === 0) return [];
  const cells = [WALL, CPU, PEAK].map((pick) => ratioWithSpread(ours.map(pick), theirs.map(pick)));
  const [stored, storedThere] = [job.stored?.get("firn"), job.stored?.get(other)];
  cells.push(stored === undefined || storedThere === undefined ? "" : `× ${(stored / storedThere).toFixed(3)}`);
  // The goals were set beside restic.
  cells.push(other === "restic" ? (job.goals ?? []).map((goal) => verdict(goal, job, other)).join(", ") : "");
  return [`| ${[job.job, other, ...cells].join(" | ")} |`];
}

/** Pairs are the runs of one number: whatever slowed the machine then met both. */
function ratioWithSpread(ours: readonly number[], theirs: readonly number[]): string {
  const ratio = median(ours) / median(theirs);
  const pairs = ours.slice(0, theirs.length).map((value, at) => value / theirs[at]!);
  return `× ${ratio.toFixed(2)} (${Math.min(...pairs).toFixed(2)} to ${Math.max(...pairs).toFixed(2)})`;
}

function verdict(goal: Goal, job: JobReport, other: string): string {
  const value = valueOf(goal, job, other);
  const wanted = goal.measure === "ms" ? `≤ ${goal.atMost} ms` : `${goal.measure} ≤ ${goal.atMost}`;
  return value === undefined ? wanted : `${wanted}: ${value <= goal.atMost ? "met" : "**missed**"}`;
}

function valueOf(goal: Goal, job: JobReport, other: string): number | undefined {
  const of = (name: string, pick: Pick): number => median((job.byContender.get(name) ?? []).map(pick));
  switch (goal.measure) {
    case "wall":
      return of("firn", WALL) / of(other, WALL);
    case "memory":
      return of("firn", PEAK) / of(other, PEAK);
    case "stored": {
      const [ours, theirs] = [job.stored?.get("firn"), job.stored?.get(other)];
      return ours === undefined || theirs === undefined ? undefined : ours / theirs;
    }
    case "ms":
      return of("firn", WALL) * 1000;
  }
}

function figuresLine(job: JobReport, name: string, counted: boolean): string[] {
  const runs = job.byContender.get(name) ?? [];
  if (runs.length === 0) return [];
  const stored = job.stored?.get(name);
  const cells = [
    spread(runs.map(WALL), median(runs.map(WALL)) < 1 ? 3 : 2),
    spread(runs.map(CPU), median(runs.map(CPU)) < 1 ? 3 : 2),
    spread(runs.map(PEAK), 0),
    stored === undefined ? "" : (stored / 1e6).toFixed(1),
  ];
  if (counted) cells.push(requestsOf(runs));
  return [`| ${[job.job, name, ...cells].join(" | ")} |`];
}

function requestsOf(runs: readonly Measured[]): string {
  const counts = runs.flatMap(({ requests }) => (requests === undefined ? [] : [requests]));
  return counts.length === 0 ? "" : String(median(counts));
}

function spread(values: readonly number[], digits: number): string {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
