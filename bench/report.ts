import type { Measured } from "./measure.ts";
import type { TreeFacts } from "./tree.ts";

export interface JobReport {
  readonly job: string;
  readonly byContender: ReadonlyMap<string, readonly Measured[]>;
}

export interface Report {
  readonly jobs: readonly JobReport[];
  readonly contenders: readonly string[];
  readonly stored: ReadonlyMap<string, number>;
  readonly tree: TreeFacts;
  readonly runs: number;
  readonly machine: string;
  readonly date: string;
}

/** Medians with their spread, and the ratio of the first contender's median to the last one's. Markdown, so that docs can quote it. */
export function formatReport(report: Report): string {
  const [ours, theirs] = [report.contenders[0]!, report.contenders.at(-1)!];
  const lines = [
    `Machine: ${report.machine}. Date: ${report.date}. ${report.runs} runs in turn; median (minimum to maximum).`,
    `Tree: ${report.tree.paths.join(" ")}: ${report.tree.files} files, ${(report.tree.bytes / 1e9).toFixed(2)} GB.`,
    `Stored: ${[...report.stored].map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)} MB`).join(", ")}.`,
    "",
    "| job | program | wall s | CPU s | peak MB |",
    "|---|---|---|---|---|",
  ];
  for (const { job, byContender } of report.jobs) {
    for (const name of report.contenders) {
      const runs = byContender.get(name) ?? [];
      const column = (pick: (m: Measured) => number, digits: number): string => spread(runs.map(pick), digits);
      lines.push(
        `| ${job} | ${name} | ${column((m) => m.wallMs / 1000, 2)} | ${column((m) => m.cpuMs / 1000, 2)} | ${column((m) => m.peakBytes / 1e6, 0)} |`,
      );
    }
    if (ours !== theirs) lines.push(ratioLine(job, byContender.get(ours) ?? [], byContender.get(theirs) ?? [], `${ours} / ${theirs}`));
  }
  return `${lines.join("\n")}\n`;
}

function ratioLine(job: string, a: readonly Measured[], b: readonly Measured[], name: string): string {
  const ratio = (pick: (m: Measured) => number): string => `× ${(median(a.map(pick)) / median(b.map(pick))).toFixed(2)}`;
  return `| ${job} | **${name}** | ${ratio((m) => m.wallMs)} | ${ratio((m) => m.cpuMs)} | ${ratio((m) => m.peakBytes)} |`;
}

function spread(values: readonly number[], digits: number): string {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
