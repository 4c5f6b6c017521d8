import { relative } from "node:path";

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly file?: string;
    readonly nesting: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly message?: string;
    readonly details?: { readonly type?: string; readonly duration_ms?: number; readonly error?: Error & { cause?: unknown } };
  };
}

const SLOW_FILE_MS = 20_000;

/** Says what failed, what was skipped and why, what was slow, and one closing line; nothing about what simply passed. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  const skipped = new Map<string, string[]>();
  const spent = new Map<string, number>();
  for await (const { type, data } of events) {
    if (type === "test:stderr" || type === "test:stdout") {
      if (process.env["FIRN_TEST_OUTPUT"] !== undefined && data.message !== undefined) yield data.message;
      continue;
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const file = data.file === undefined ? "" : relative(process.cwd(), data.file);
    if (data.nesting === 0) spent.set(file, (spent.get(file) ?? 0) + (data.details?.duration_ms ?? 0));
    if (data.details?.type === "suite" && type === "test:pass") continue;
    if (data.skip !== undefined && data.skip !== false) {
      const reason = data.skip === true ? "no reason given" : data.skip;
      skipped.set(reason, [...(skipped.get(reason) ?? []), `${file}: ${data.name}`]);
    } else if (type === "test:pass") {
      passed++;
    } else {
      if (data.details?.type !== "suite") failed++;
      yield failureText(file, data);
    }
  }
  for (const [file, ms] of spent) if (ms > SLOW_FILE_MS) yield `slow: ${file} took ${(ms / 1000).toFixed(1)} s\n`;
  for (const [reason, tests] of skipped) {
    yield `skipped ${tests.length} because ${reason}:\n${tests.map((name) => `  ${name}\n`).join("")}`;
  }
  const skips = [...skipped.values()].reduce((sum, tests) => sum + tests.length, 0);
  yield `${passed} passed, ${failed} failed, ${skips} skipped\n`;
}

function failureText(file: string, data: TestEvent["data"]): string {
  const error = data.details?.error;
  const cause = error?.cause;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : typeof cause === "string" ? cause : (error?.message ?? "failed");
  const detail = text.split("\n").slice(0, 40).join("\n    ");
  return `FAILED ${file}: ${data.name}\n    ${detail}\n`;
}
