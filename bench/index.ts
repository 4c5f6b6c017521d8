import { join } from "node:path";
import type { Contender } from "./contender.ts";
import { type Context, inTurn, type JobReport, Tally, withFolder } from "./job.ts";
import { addIndexFiles, makeRepository, openBenchRepository } from "./make-index.ts";
import { type Measured, measure } from "./measure.ts";

const BLOBS = 10_000_000;
/** Looks for a blob that is not there: all that takes time is loading the index. */
const NO_BLOB = ["cat", "blob", "0".repeat(64)];
const FROM_FILES = "from its files";
const FROM_CACHE = "with a warm cache";

/** Loading an index of ten million blobs: from the index files, and with whatever a program keeps in its cache. */
export function indexLoad(context: Context): Promise<JobReport[]> {
  // rustic looks a blob up by other words and in another order; only programs with restic's command line are compared.
  const contenders = context.contenders.filter(({ name }) => name !== "rustic");
  const blobs = Math.round(BLOBS * context.scale);
  return withFolder(context.work, "index", async (folder) => {
    const repo = join(folder, "repo");
    const made = await makeRepository(repo);
    await addIndexFiles(made, blobs);
    await made.close();
    const tally = new Tally(context.say);
    const load = (from: string, contender: Contender): Measured =>
      measure({
        argv: [...contender.argv, ...NO_BLOB, ...(from === FROM_FILES ? ["--no-cache"] : [])],
        env: contender.env(repo, join(folder, `cache-${contender.name}`)),
        ok: [1],
      });
    for (const contender of contenders) load(FROM_CACHE, contender);
    for (let run = 0; run < context.runs; run++) {
      for (const from of [FROM_FILES, FROM_CACHE]) {
        for (const contender of inTurn(run, contenders)) tally.add(titleOf(blobs, from), contender.name, load(from, contender));
      }
    }
    const note = `the columns take ${(await bytesPerBlob(repo)).toFixed(1)} bytes a blob in firn, everything counted (goal: 48)`;
    return [FROM_FILES, FROM_CACHE].map((from) => ({
      job: titleOf(blobs, from),
      byContender: tally.of(titleOf(blobs, from)),
      goals: [{ measure: "wall", atMost: 1 } as const],
      ...(from === FROM_FILES ? { notes: [note] } : {}),
    }));
  });
}

function titleOf(blobs: number, from: string): string {
  return `index of ${blobs / 1e6} million blobs, ${from}`;
}

async function bytesPerBlob(folder: string): Promise<number> {
  const repo = await openBenchRepository(folder);
  await repo.loadIndex();
  const { index } = repo;
  await repo.close();
  return index.view.bytes / index.size;
}
