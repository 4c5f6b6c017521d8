import type { Bytes } from "../../base/bytes.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { openTarget, type TargetFs } from "../../source/target-fs.ts";
import { type Crewman, serveCrew } from "../crew/serve.ts";
import { compareFile } from "./compare.ts";
import { FileFiller } from "./file-filler.ts";
import { type MetadataChoice, metadataOptions } from "./metadata.ts";
import type { PlanHandle } from "./plan-handle.ts";
import type { RestoreJob, RestoreResult } from "./write-job.ts";

export const RESTORE_ROLE = "restore";

export interface RestoreContext {
  readonly role: typeof RESTORE_ROLE;
  readonly key: MasterKey;
  readonly target: Bytes;
  readonly metadata: MetadataChoice;
}

/** Opens the target at its first job: while a plan is made it may not exist yet, and a dry run never makes it. */
export function hireRestorer(context: RestoreContext): Crewman<RestoreJob, RestoreResult> {
  const metadata = metadataOptions(context.metadata);
  let target: TargetFs | undefined;
  let filler: FileFiller | undefined;

  function fillerFor(plan: PlanHandle, place: TargetFs): FileFiller {
    if (filler?.serial !== plan.serial) filler = new FileFiller(plan, context.key, place, metadata);
    return filler;
  }

  return {
    work(job) {
      target ??= openTarget(context.target, { create: false });
      switch (job.kind) {
        case "compare":
          return compareFile(job, target);
        case "fill":
          return fillerFor(job.plan, target).fill(job);
        case "files":
          return fillerFor(job.plan, target).treat(job);
      }
    },
    stop: () => target?.close(),
  };
}

serveCrew(RESTORE_ROLE, hireRestorer);
