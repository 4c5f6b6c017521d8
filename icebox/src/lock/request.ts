import { header } from "../ops/call.ts";
import type { Call } from "../ops/call.ts";
import { invalidArgument, invalidRequest, malformedXml, S3Error } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import type { StoredObject } from "../state/object.ts";
import { defaultUntil, isLockMode } from "./retention.ts";
import type { Retention } from "./retention.ts";

type Lock = Pick<StoredObject, "retention" | "legalHold">;

/** What a write asks Object Lock for in its headers; nothing of the bucket's default. */
export function readLock(call: Call, bucket: Bucket): Lock {
  const mode = header(call, "x-amz-object-lock-mode");
  const until = header(call, "x-amz-object-lock-retain-until-date");
  const hold = header(call, "x-amz-object-lock-legal-hold");
  if (mode === undefined && until === undefined && hold === undefined) return { retention: undefined, legalHold: undefined };
  checkLockable(bucket);
  if ((mode === undefined) !== (until === undefined)) {
    throw invalidArgument("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
  }
  if (hold !== undefined && hold !== "ON" && hold !== "OFF") throw invalidArgument("Legal Hold must be either of 'ON' or 'OFF'");
  const retention =
    mode === undefined || until === undefined
      ? undefined
      : retentionOf(mode, until, call.at, invalidArgument("Unknown wormMode directive."));
  return { retention, legalHold: hold };
}

/** What a new version is locked by: what was asked for, or else the bucket's default. */
export function lockOf(asked: Lock, bucket: Bucket, at: number): Lock {
  return { legalHold: asked.legalHold, retention: asked.retention ?? defaultUntil(bucket.facts.defaultRetention, at) };
}

/** S3 wants a digest of the body of everything that will be locked: nobody could put a damaged one right. */
export function checkLockedDigest(call: Call, lock: Lock, what: "Object" | "Part"): void {
  if (lock.retention === undefined && lock.legalHold !== "ON") return;
  if (call.body.checksum !== undefined || header(call, "content-md5") !== undefined) return;
  throw invalidRequest(`Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${what} requests with Object Lock parameters`);
}

export function retentionOf(mode: string, until: string, at: number, otherwise: S3Error = malformedXml()): Retention {
  if (!isLockMode(mode)) throw otherwise;
  const ms = Date.parse(until);
  if (!/^\d{4}-\d\d-\d\dT/.test(until) || Number.isNaN(ms))
    throw invalidArgument("The retain until date must be provided in ISO 8601 format");
  if (ms <= at) throw invalidArgument("The retain until date must be in the future!");
  return { mode, until: ms };
}

export function checkLockable(bucket: Bucket): void {
  if (!bucket.facts.objectLock) throw invalidRequest("Bucket is missing Object Lock Configuration");
}

/** True when the request says that it bypasses GOVERNANCE, and may. */
export function bypasses(call: Call, bucket: Bucket, key: string): boolean {
  if (header(call, "x-amz-bypass-governance-retention")?.toLowerCase() !== "true") return false;
  call.checkAllowed({ action: "s3:BypassGovernanceRetention", bucket, key });
  return true;
}

export function lockHeaders(lock: Lock): Record<string, string> {
  const { retention, legalHold } = lock;
  return {
    ...(retention === undefined
      ? {}
      : {
          "x-amz-object-lock-mode": retention.mode,
          "x-amz-object-lock-retain-until-date": new Date(retention.until).toISOString(),
        }),
    ...(legalHold === undefined ? {} : { "x-amz-object-lock-legal-hold": legalHold }),
  };
}
