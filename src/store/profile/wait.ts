import { MS_PER_HOUR, MS_PER_MINUTE } from "../../base/time.ts";

/** The upper end of a published time: `3-5 h (starts …)`, `<=12 h`, `1-5 min`, `minutes to 24 h`, `about 1 min`. Milliseconds. */
export function waitOf(published: unknown): number | undefined {
  if (typeof published !== "string") return undefined;
  const plain = published.replaceAll(/\(.*?\)/g, "");
  const last = [...plain.matchAll(/(\d+(?:\.\d+)?)\s*(min|h)\b/g)].at(-1);
  if (last === undefined) return undefined;
  return Number(last[1]) * (last[2] === "h" ? MS_PER_HOUR : MS_PER_MINUTE);
}
