import { FirnError } from "../../base/error.ts";
import type { ObjectStore } from "../../store/object-store.ts";

export class BucketRefused extends FirnError {
  constructor(code: "versioned" | "locked" | "versioning-unknown" | "no-classes", message: string, hint: string) {
    super({ code, message, hint });
  }
}

/**
 * A class change by copy leaves the old object behind as a noncurrent version in a versioned bucket: it would go on being billed,
 * and under a lock nobody could remove it. So such buckets are refused before the first copy.
 */
export async function refuseUnfitBucket(
  store: ObjectStore,
  options: { readonly assumeUnversioned: boolean; readonly signal?: AbortSignal },
): Promise<void> {
  if (!store.capabilities.storageClasses) {
    throw new BucketRefused("no-classes", `${store.location} has no storage classes`, "tiering needs an S3 repository");
  }
  const facts = await store.bucketFacts({ signal: options.signal });
  if (facts.objectLock === "on") {
    throw new BucketRefused(
      "locked",
      `${store.location}: object lock is on, so the old version of every moved pack would stay and be billed until its lock ends`,
      "use a bucket without object lock; moving locked packs is not in this version",
    );
  }
  if (facts.versioning === "on" || facts.versioning === "suspended") {
    throw new BucketRefused(
      "versioned",
      `${store.location}: versioning is ${facts.versioning}, so the old version of every moved pack would stay in its class and be billed twice`,
      "use a bucket that was never versioned; moving versioned packs is not in this version",
    );
  }
  if ((facts.versioning === "unknown" || facts.objectLock === "unknown") && !options.assumeUnversioned) {
    throw new BucketRefused(
      "versioning-unknown",
      `${store.location}: the server does not say whether the bucket is versioned or locked`,
      "if you know that it is neither, run again with --assume-unversioned",
    );
  }
}
