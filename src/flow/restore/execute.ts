import { forEachParallel } from "../../base/parallel.ts";
import { FirnError } from "../../base/error.ts";
import type { Repository } from "../../repo/repository.ts";
import { openTarget } from "../../source/target-fs.ts";
import { compareJob, type RestoreDeps } from "./build-plan.ts";
import { ContentRun } from "./content-run.ts";
import { type MetadataChoice, metadataOptions } from "./metadata.ts";
import { MissingList } from "./missing.ts";
import { Paths, shownPath } from "./entries.ts";
import type { RestorePlan } from "./plan.ts";
import { Progress, type RestoreReport } from "./progress.ts";
import { TreeRun } from "./tree-run.ts";
import { runCompare } from "./write-job.ts";

/**
 * Carries a plan out: directories, contents, links and special files, deletions, metadata of directories last. Damage in the repository
 * costs only the files it touches; a full disk ends the run. Nothing is written outside the target.
 */
export async function executeRestore(
  repo: Repository,
  plan: RestorePlan,
  choice: MetadataChoice,
  deps: RestoreDeps,
): Promise<RestoreReport> {
  const progress = new Progress(plan, deps.emit);
  progress.start();
  using target = openTarget(plan.options.target);
  const missing = MissingList.from(plan.missing);
  const content = new ContentRun(repo, plan, deps, target, progress, missing);
  const tree = new TreeRun(plan, target, metadataOptions(choice), progress, deps.signal);

  await tree.makeDirectories();

  await together([content.run(), tree.makeOthers()]);
  await tree.linkFiles();
  await tree.deleteExtras();
  await tree.finishDirectories();
  if (plan.options.verify) await verify(plan, progress, deps);
  return reportOf(plan, progress, missing);
}

/** Symlinks are made while workers fill files. Neither runs on behind the other's failure. */
async function together(steps: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(steps);
  await Promise.all(steps);
}

/** What a restore would do, told in the same events; nothing is read from packs and nothing is written. */
export function rehearseRestore(plan: RestorePlan, deps: Pick<RestoreDeps, "emit">): RestoreReport {
  const progress = new Progress(plan, deps.emit);
  progress.start();
  const { files, others, dirs } = plan;
  for (let file = 0; file < files.length; file++) {
    if (files.isWritten(file)) progress.bytes(files.sizeOf(file));
    if (files.isWritten(file) || files.stateOf(file) === "link") progress.file(file);
  }
  const paths = new Paths(dirs.entries.view());
  for (let other = 0; other < others.length; other++) {
    if (!others.isSkipped(other)) progress.other(shownPath(paths.of(others.entries.view(), other)), "other");
  }
  for (let dir = dirs.length - 1; dir > 0; dir--) if (dirs.isUsed(dir)) progress.other(shownPath(paths.ofDir(dir)), "dir");
  return reportOf(plan, progress, MissingList.from(plan.missing));
}

/** Reads everything that was written back and compares it with the snapshot. */
async function verify(plan: RestorePlan, progress: Progress, { crew, signal }: RestoreDeps): Promise<void> {
  progress.phase("verify");
  const { files, blobs } = plan;
  const paths = new Paths(plan.dirs.entries.view());
  const written = Array.from({ length: files.length }, (_, file) => file).filter((file) => files.isWritten(file) && !files.hasFailed(file));
  await forEachParallel(
    written,
    crew.size * 2,
    async (file) => {
      const job = compareJob(file, files, blobs, paths);
      const { differing, wrongSize, error } = await runCompare(crew, job);
      progress.verifiedFiles++;
      const parts = `${differing.length} of its ${job.blobs.length} parts differ`;
      const wrong = error ?? (differing.length > 0 ? parts : wrongSize ? "its size differs" : "");
      if (wrong === "") return;
      progress.failed(shownPath(job.path), new FirnError({ code: "verify-failed", message: `verification: ${wrong}` }));
    },
    signal,
  );
}

function reportOf(plan: RestorePlan, progress: Progress, missing: MissingList): RestoreReport {
  return {
    totals: plan.totals,
    restoredItems: progress.restoredItems,
    restoredBytes: progress.restoredBytes,
    deletedItems: progress.deletedItems,
    verifiedFiles: progress.verifiedFiles,
    errors: progress.errors,
    missing: missing.value(),
  };
}
