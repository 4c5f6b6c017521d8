import { median } from "../report.ts";

/** How a line is read: bytes a second, nanoseconds or microseconds for one, milliseconds for the whole. */
export type Unit = "MB/s" | "ns" | "µs" | "ms";

interface Row {
  readonly operation: string;
  readonly unit: Unit;
  readonly values: readonly number[];
}

const RUNS = 9;
/** A run repeats its operation until so much time has passed, so that the clock's grain does not matter. */
const RUN_MS = 60;

/**
 * Measures operations of one kernel and prints a small table: median, and the spread over runs. Measured is the CPU time of this thread,
 * because neighbours on a machine shift wall time and hardly this; `wall` is for what several threads do.
 */
export class MicroTable {
  private readonly rows: Row[] = [];
  private readonly title: string;

  constructor(title: string) {
    this.title = title;
  }

  /** Throughput of an operation that goes through `bytes` bytes. */
  bytes(operation: string, bytes: number, run: () => void): void {
    this.rows.push({ operation, unit: "MB/s", values: repeat(run, threadSeconds).map((seconds) => bytes / 1e6 / seconds) });
  }

  /** What one of the `count` things costs that `run` does. */
  each(operation: string, count: number, run: () => void, unit: "ns" | "µs" = "ns"): void {
    const factor = unit === "ns" ? 1e9 : 1e6;
    this.rows.push({ operation, unit, values: repeat(run, threadSeconds).map((seconds) => (seconds * factor) / count) });
  }

  /** Wall time of something asynchronous, also of other threads. */
  async wall(operation: string, run: () => Promise<unknown>, runs = RUNS): Promise<void> {
    const values: number[] = [];
    await run();
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      await run();
      values.push(performance.now() - start);
    }
    this.rows.push({ operation, unit: "ms", values });
  }

  print(): void {
    const width = Math.max(...this.rows.map(({ operation }) => operation.length), this.title.length);
    const lines = [`${this.title.padEnd(width)} ${"median".padStart(12)}          spread`];
    for (const { operation, unit, values } of this.rows) {
      const spread = `${digits(Math.min(...values))} … ${digits(Math.max(...values))}`;
      lines.push(`${operation.padEnd(width)} ${digits(median(values)).padStart(12)} ${unit.padEnd(4)}     ${spread}`);
    }
    process.stdout.write(`${lines.join("\n")}\n\n`);
  }
}

/** Seconds of one call, once for each run, after a run that warms up. */
function repeat(run: () => void, clock: () => number): number[] {
  const once = (): number => {
    const [cpu, wall] = [clock(), performance.now()];
    let calls = 0;
    do {
      run();
      calls++;
    } while (performance.now() - wall < RUN_MS);
    return (clock() - cpu) / calls;
  };
  once();
  return Array.from({ length: RUNS }, once);
}

function threadSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

function digits(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
