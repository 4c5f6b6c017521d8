import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Every micro-benchmark of this folder, each in a process of its own: `npm run bench:micro [-- name…]`. */
/** Not benchmarks themselves. */
const PARTS = new Set(["run.ts", "table.ts", "names.ts"]);

const wanted = process.argv.slice(2);
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".ts") && !PARTS.has(name));
for (const name of names.filter((name) => wanted.length === 0 || wanted.includes(name.slice(0, -3)))) {
  const { status } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, name)], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
