import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { findSnapshot } from "../src/repo/find.ts";
import type { Contender } from "./contender.ts";
import { type Context, inTurn, type JobReport, Tally, withFolder } from "./job.ts";
import { addIndexFiles, addSnapshots, makeRepository, openBenchRepository } from "./make-index.ts";
import { measure } from "./measure.ts";

const SNAPSHOTS = 1000;
const BLOBS = 1_000_000;
const COMMANDS = [["snapshots"], ["ls", "latest"]] as const;

/**
 * Looking into a large repository: 1,000 snapshots of a real tree, a million blobs. Its key costs nothing to derive. Each program with an
 * empty cache and with the one it has filled.
 */
export function listing(context: Context): Promise<JobReport[]> {
  return withFolder(context.work, "listing", async (folder) => {
    const repo = join(folder, "repo");
    await build(repo, context);
    const tally = new Tally(context.say);
    for (let run = 0; run < context.runs; run++) {
      for (const command of COMMANDS) {
        for (const cache of ["empty", "warm"] as const) {
          for (const contender of inTurn(run, context.contenders)) {
            const place = join(folder, `cache-${contender.name}`);
            if (cache === "empty") rmSync(place, { recursive: true, force: true });
            tally.add(titleOf(command, cache), contender.name, measureOne(contender, command, repo, place));
          }
        }
      }
    }
    return COMMANDS.flatMap((command) =>
      (["empty", "warm"] as const).map((cache) => {
        const job = titleOf(command, cache);
        return { job, byContender: tally.of(job), goals: cache === "warm" ? [{ measure: "wall", atMost: 0.5 } as const] : [] };
      }),
    );
  });
}

function measureOne(contender: Contender, command: readonly string[], repo: string, cache: string): ReturnType<typeof measure> {
  return measure({ argv: [...contender.argv, ...command], env: contender.env(repo, cache) });
}

function titleOf(command: readonly string[], cache: "empty" | "warm"): string {
  return `${command.join(" ")}, ${SNAPSHOTS} snapshots, ${BLOBS / 1e6} million blobs, ${cache} cache`;
}

async function build(folder: string, { contenders, scale }: Context): Promise<void> {
  const made = await makeRepository(folder);
  await addIndexFiles(made, Math.round(BLOBS * scale));
  await made.close();
  const firn = contenders.find(({ name }) => name === "firn");
  if (firn === undefined) throw new Error("firn makes the repository that is listed");
  const paths = [resolve(import.meta.dirname, "../node_modules"), "/usr/include"].filter((path) => existsSync(path));
  measure({
    argv: [...firn.argv, ...firn.args({ kind: "backup", paths })],
    env: firn.env(folder, join(folder, "../cache-build")),
    ok: [0, 3],
  });
  const repo = await openBenchRepository(folder);
  const { tree } = await findSnapshot(repo, "latest");
  await addSnapshots(repo, tree, Math.max(1, Math.round(SNAPSHOTS * scale)) - 1);
  await repo.close();
}

if (process.argv[1] === import.meta.filename) {
  const { findContenders } = await import("./contender.ts");
  const { formatReport } = await import("./report.ts");
  const contenders = findContenders({ names: ["firn", "restic"], before: undefined });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const runs = 3;
  const jobs = await listing({ runs, scale: Number(process.argv[3] ?? 1), work: process.argv[2] ?? "/tmp", contenders, say });
  process.stdout.write(formatReport({ contenders, jobs, runs, facts: [] }));
}
