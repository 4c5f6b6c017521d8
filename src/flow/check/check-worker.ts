import type { Bytes } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import type { PackedBlob } from "../../format/blob.ts";
import { decodeHeader } from "../../format/pack-header.ts";
import type { MasterKey } from "../../kernel/master-key.ts";
import { Permits } from "../crew/permits.ts";
import { type Crewman, serveCrew } from "../crew/serve.ts";
import { PackFiles, packInMemory, UnreadableError } from "./pack-bytes.ts";
import { PackProver } from "./pack-prover.ts";
import { judgePack } from "./pack-verdict.ts";

export const CHECK_ROLE = "check";

export interface CheckContext {
  readonly role: typeof CHECK_ROLE;
  readonly key: MasterKey;
  /** For reading files, from `Permits.sharedBy`. */
  readonly permits: SharedArrayBuffer;
}

export type CheckJob = FileJob | BytesJob;

/** A pack in a file, and the header it must have. */
export interface FileJob {
  readonly kind: "file";
  readonly pack: PackId;
  readonly file: string;
  readonly header: Bytes;
}

/** A whole pack, and the header it must have or, where there can be none, what the index lists. */
export interface BytesJob {
  readonly kind: "bytes";
  readonly pack: PackId;
  readonly bytes: Bytes;
  readonly expected: Bytes | readonly PackedBlob[];
}

export interface CheckResult {
  /** unreadable: only of files. */
  readonly verdict: "sound" | "wrong" | "unreadable";
  /** The checks that failed; not told of files. */
  readonly checks: readonly string[];
}

export function hireChecker({ key, permits }: CheckContext): Crewman<CheckJob, CheckResult> {
  const prover = new PackProver(key);
  const files = new PackFiles(new Permits(permits));
  return { work: (job) => (job.kind === "file" ? checkFile(prover, files, job) : checkBytes(prover, key, job)) };
}

function checkFile(prover: PackProver, files: PackFiles, { pack, file, header }: FileJob): CheckResult {
  try {
    return { verdict: files.open(file, (source) => prover.proves(pack, header, source)) ? "sound" : "wrong", checks: [] };
  } catch (error) {
    if (error instanceof UnreadableError) return { verdict: "unreadable", checks: [] };
    throw error;
  }
}

function checkBytes(prover: PackProver, key: MasterKey, { pack, bytes, expected }: BytesJob): CheckResult {
  if (expected instanceof Uint8Array && prover.proves(pack, expected, packInMemory(bytes))) return { verdict: "sound", checks: [] };
  const checks = judgePack(key, pack, bytes, expected instanceof Uint8Array ? decodeHeader(expected) : expected);
  return { verdict: checks.length === 0 ? "sound" : "wrong", checks };
}

serveCrew(CHECK_ROLE, hireChecker);
