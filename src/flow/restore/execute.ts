import { forEachParallel } from "../../base/parallel.ts";
import { FirnError } from "../../base/error.ts";
import type { Repository } from "../../repo/repository.ts";
import { openTarget } from "../../source/target-fs.ts";
import { below, type RestoreDeps } from "./build-plan.ts";
import { ContentRun } from "./content-run.ts";
import { type MetadataChoice, metadataOptions } from "./metadata.ts";
import { MissingList } from "./missing.ts";
import { contentOf, type RestorePlan } from "./plan.ts";
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
  const progress = new Progress(deps.emit);
  progress.start(plan);
  using target = openTarget(plan.options.target);
  const missing = MissingList.from(plan.missing);
  const content = new ContentRun(repo, plan, deps, target, progress, missing);
  const tree = new TreeRun(plan, target, metadataOptions(choice), progress, deps.signal);
  await tree.makeDirectories();
  await content.run();
  await tree.makeOthers();
  await tree.linkFiles(content.failed);
  await tree.deleteExtras();
  await tree.finishDirectories();
  if (plan.options.verify) await verify(repo, plan, content.failed, progress, deps);
  return reportOf(plan, progress, missing);
}

/** What a restore would do, told in the same events; nothing is read from packs and nothing is written. */
export function rehearseRestore(plan: RestorePlan, deps: Pick<RestoreDeps, "emit">): RestoreReport {
  const progress = new Progress(deps.emit);
  progress.start(plan);
  for (const file of plan.files) {
    if (file.state === "new" || file.state === "update") progress.bytes(file.size);
    if (file.state === "new" || file.state === "update" || file.state === "link") progress.file(file);
  }
  for (const { path, skip } of plan.others) if (!skip) progress.other(path, "other");
  for (const { path, used, node } of plan.dirs.toReversed()) if (used && node !== undefined) progress.other(path, "dir");
  return reportOf(plan, progress, MissingList.from(plan.missing));
}

/** Reads everything that was written back and compares it with the snapshot. */
async function verify(
  repo: Repository,
  plan: RestorePlan,
  failed: ReadonlySet<number>,
  progress: Progress,
  { crew, signal }: RestoreDeps,
): Promise<void> {
  progress.phase("verify");
  const written = [...plan.files.entries()].filter(([at, { state }]) => (state === "new" || state === "update") && !failed.has(at));
  await forEachParallel(
    written,
    crew.size * 2,
    async ([, file]) => {
      const blobs = contentOf(file.node).map((id) => ({ id, length: repo.index.plaintextLength("data", id) ?? 0 }));
      const { differing, wrongSize, error } = await runCompare(crew, { kind: "compare", path: below(file.path), blobs });
      progress.verifiedFiles++;
      const wrong =
        error ?? (differing.length > 0 ? `${differing.length} of its ${blobs.length} parts differ` : wrongSize ? "its size differs" : "");
      if (wrong !== "") progress.failed(file.path, new FirnError({ code: "verify-failed", message: `verification: ${wrong}` }));
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
