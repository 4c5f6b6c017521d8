import type { Command } from "commander";
import { resolve } from "node:path";
import { runDemo } from "../../app/demo/demo.ts";
import type { DemoNews } from "../../app/demo/news.ts";
import { NIGHTS_MIN } from "../../app/demo/year.ts";
import { EXIT, FirnError } from "../../base/error.ts";
import { StatusLine } from "../../watch/status-line.ts";
import type { Door } from "../door.ts";
import { globalsOf, wholeNumber } from "../global-options.ts";
import { setExitCode } from "../outcome.ts";
import { demoEnd, demoJson, demoPart } from "../show/demo-text.ts";

interface Flags {
  dir?: string;
  seed: string;
  nights: string;
  keep?: boolean;
}

const NIGHTS_MAX = 1000;

export function register(program: Command, door: Door): void {
  const command = program
    .command("demo")
    .description("Live through a year of backups in a minute: real files, a simulated archive, nothing leaves this machine")
    .option("--dir <folder>", "begin with a copy of these files (default: the program's own sources)")
    .option("--seed <text>", "what changes from day to day; the same seed gives the same output", "1")
    .option("--nights <n>", `how many nights, at least ${NIGHTS_MIN}`, "365")
    .option("--keep", "leave the temporary folder and say where it is");
  command.action(async (flags: Flags) => run(flags, command, door));
}

async function run(flags: Flags, command: Command, door: Door): Promise<void> {
  const { json, quiet } = globalsOf(command);
  const nights = nightsOf(flags);
  const line = new StatusLine(door.stdout);
  const started = door.world.clock.monotonic();
  const news = (item: DemoNews): void => {
    if (json || quiet) return;
    if (item.kind === "night") line.paint(`${dateOf(item.at)}  night ${item.night} of ${nights}`);
    else for (const text of demoPart(item)) line.print(text);
  };
  try {
    const result = await runDemo({
      seed: flags.seed,
      nights,
      dir: flags.dir === undefined ? undefined : resolve(door.cwd, flags.dir),
      keep: flags.keep === true,
      machine: door.world,
      signal: door.signal,
      news,
    });
    line.clear();
    const seconds = (door.world.clock.monotonic() - started) / 1000;
    door.stdout.write(json ? demoJson(result, seconds) : demoEnd(result, seconds));
    if (!result.verified || !result.lost.same || !result.old.same) setExitCode(command, EXIT.error);
  } finally {
    line.clear();
  }
}

function nightsOf(flags: Flags): number {
  const nights = wholeNumber(flags.nights, "--nights")!;
  if (nights >= NIGHTS_MIN && nights <= NIGHTS_MAX) return nights;
  throw new FirnError({
    code: "usage",
    message: `--nights: ${nights} is not between ${NIGHTS_MIN} and ${NIGHTS_MAX}`,
    hint: "data must have time to be gone long enough to be frozen",
  });
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
