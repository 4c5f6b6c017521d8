import { FirnError } from "./error.ts";
import { MS_PER_HOUR, MS_PER_MINUTE } from "./time.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: MS_PER_MINUTE, h: MS_PER_HOUR };
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gy;

/** Parses Go's durations, as `--retry-lock` takes them (`90s`, `5m`, `1h30m`); milliseconds. `m` is minutes here. */
export function parseGoDuration(text: string, what: string): number {
  if (text === "0") return 0;
  let total = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (part === null) throw invalid(text, what);
    total += Number(part[1]) * (UNIT_MS[part[2]!] ?? 0);
  }
  if (text === "") throw invalid(text, what);
  return total;
}

function invalid(text: string, what: string): FirnError {
  return new FirnError({
    code: "invalid-duration",
    message: `${what}: ${JSON.stringify(text)} is not a duration`,
    hint: "write a number with a unit, such as 90s, 5m or 1h30m",
  });
}
