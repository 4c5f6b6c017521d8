import type { Account } from "../account.ts";
import { mayRemove } from "../lock/retention.ts";
import type { Bucket } from "../state/bucket.ts";
import { isMarker } from "../state/object.ts";
import { dueFor, dueForNoncurrent, isDue, isLoneMarkerDue } from "./due.ts";
import type { LifecycleConfiguration } from "./rule.ts";

/** What a bucket's rules do at one midnight. Object Lock keeps them from removing a version, from nothing else. */
export function runRules(account: Account, bucket: Bucket, configuration: LifecycleConfiguration, midnight: number): void {
  const versioned = bucket.facts.versioning !== undefined;
  for (const object of bucket.objects.values()) {
    const due = dueFor(object, configuration, midnight, versioned);
    if (due?.kind === "expire") account.deleteObject(bucket, object.key, midnight);
    else if (due?.kind === "transition") account.transition(bucket, object, due.storageClass, midnight);
  }
  for (const key of bucket.others.keys()) runForNoncurrent(account, bucket, key, configuration, midnight);
  for (const upload of bucket.uploads.values()) {
    const rules = configuration.rules.filter((rule) => rule.enabled && upload.key.startsWith(rule.prefix));
    const limits = rules.flatMap((rule) => (rule.abortUploadsAfterDays === undefined ? [] : [rule.abortUploadsAfterDays]));
    if (limits.some((days) => isDue({ days }, upload.initiated, midnight))) account.endUpload(bucket, upload, midnight);
  }
}

function runForNoncurrent(account: Account, bucket: Bucket, key: string, configuration: LifecycleConfiguration, midnight: number): void {
  const noncurrent = bucket.versions(key).slice(1);
  noncurrent.forEach((version, newer) => {
    const due = dueForNoncurrent(version, newer, configuration, midnight);
    if (due?.kind === "expire" && (isMarker(version) || mayRemove(version, midnight, false))) {
      account.removeVersion(bucket, version, midnight);
    } else if (due?.kind === "transition" && !isMarker(version)) {
      account.transition(bucket, version, due.storageClass, midnight);
    }
  });
  const [only, ...others] = bucket.versions(key);
  if (only === undefined || others.length > 0 || !isMarker(only)) return;
  if (isLoneMarkerDue(only, configuration, midnight)) account.removeVersion(bucket, only, midnight);
}
