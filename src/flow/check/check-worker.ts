import type { Bytes } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import type { PackedBlob } from "../../format/blob.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { type Crewman, serveCrew } from "../crew/serve.ts";
import { judgePack } from "./pack-verdict.ts";

export const CHECK_ROLE = "check";

export interface CheckContext {
  readonly role: typeof CHECK_ROLE;
  readonly key: MasterKey;
}

/** A whole pack and what the index says of it. */
export interface CheckJob {
  readonly pack: PackId;
  readonly bytes: Bytes;
  readonly blobs: readonly PackedBlob[];
}

/** The checks that failed. */
export type CheckResult = readonly string[];

export function hireChecker(context: CheckContext): Crewman<CheckJob, CheckResult> {
  return { work: (job) => judgePack(context.key, job.pack, job.bytes, job.blobs) };
}

serveCrew(CHECK_ROLE, hireChecker);
