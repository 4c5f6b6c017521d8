import { readFileSync } from "node:fs";

/** The rows of pattern-vectors.txt, split into fields. */
export function vectors(): string[][] {
  const text = readFileSync(new URL("pattern-vectors.txt", import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
}
