import { isoDate, xmlReply } from "../http/reply.ts";
import { child, childText, document, parseXml, tag, wrap } from "../http/xml.ts";
import { wholeNumber } from "../lifecycle/filter.ts";
import { bypasses, checkLockable, retentionOf } from "../lock/request.ts";
import { checkMayReplace, isLockMode } from "../lock/retention.ts";
import type { DefaultRetention, Retention } from "../lock/retention.ts";
import { invalidArgument, malformedXml, S3Error } from "../s3-error.ts";
import { bodyText, bucketOf, checkDigestSent, objectOf } from "./call.ts";
import type { Call, Operation } from "./call.ts";

const MAX_DAYS = 36_500;
const MAX_YEARS = 100;

export const getObjectLockConfiguration: Operation = (call) => {
  const { name, objectLock, defaultRetention } = bucketOf(call).facts;
  if (!objectLock) {
    const text = "Object Lock configuration does not exist for this bucket";
    throw new S3Error(404, "ObjectLockConfigurationNotFoundError", text, { BucketName: name });
  }
  return xmlReply(document("ObjectLockConfiguration", tag("ObjectLockEnabled", "Enabled") + rule(defaultRetention)));
};

function rule(retention: DefaultRetention | undefined): string {
  if (retention === undefined) return "";
  const { mode, length } = retention;
  const span = "days" in length ? tag("Days", length.days) : tag("Years", length.years);
  return wrap("Rule", wrap("DefaultRetention", tag("Mode", mode) + span));
}

export const putObjectLockConfiguration: Operation = (call) => {
  checkDigestSent(call);
  const bucket = bucketOf(call);
  const root = parseXml(bodyText(call));
  if (root.name !== "ObjectLockConfiguration" || childText(root, "ObjectLockEnabled") !== "Enabled") throw malformedXml();
  if (bucket.facts.versioning !== "Enabled") {
    throw invalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
  }
  const chosen = child(child(root, "Rule"), "DefaultRetention");
  bucket.facts.defaultRetention = child(root, "Rule") === undefined ? undefined : readDefault(chosen);
  bucket.facts.objectLock = true;
  call.account.saveBucket(bucket);
  return { status: 200 };
};

function readDefault(element: ReturnType<typeof child>): DefaultRetention {
  const mode = childText(element, "Mode");
  const days = wholeNumber(childText(element, "Days"));
  const years = wholeNumber(childText(element, "Years"));
  if (!isLockMode(mode) || (days === undefined) === (years === undefined)) throw malformedXml();
  const [span, most] = [days ?? years ?? 0, days === undefined ? MAX_YEARS : MAX_DAYS];
  if (span < 1 || span > most) throw invalidArgument(`Default retention period must be a positive integer value of at most ${most}`);
  return { mode, length: days === undefined ? { years: span } : { days: span } };
}

export function invalidBucketState(message: string): S3Error {
  return new S3Error(409, "InvalidBucketState", message);
}

export const getObjectRetention: Operation = (call) => {
  const { retention } = lockable(call);
  if (retention === undefined) throw noConfiguration();
  return xmlReply(document("Retention", tag("Mode", retention.mode) + tag("RetainUntilDate", isoDate(retention.until))));
};

export const putObjectRetention: Operation = (call) => {
  checkDigestSent(call);
  const object = lockable(call);
  const bucket = bucketOf(call);
  const next = readRetention(call);
  checkMayReplace(object, next, call.at, bypasses(call, bucket, object.key));
  call.account.lock(bucket, object, { retention: next });
  return { status: 200 };
};

/** An empty one takes the retention away. */
function readRetention(call: Call): Retention | undefined {
  const root = parseXml(bodyText(call));
  const [mode, until] = [childText(root, "Mode"), childText(root, "RetainUntilDate")];
  if (root.name !== "Retention" || (mode === undefined) !== (until === undefined)) throw malformedXml();
  return mode === undefined || until === undefined ? undefined : retentionOf(mode, until, call.at);
}

export const getObjectLegalHold: Operation = (call) => {
  const { legalHold } = lockable(call);
  if (legalHold === undefined) throw noConfiguration();
  return xmlReply(document("LegalHold", tag("Status", legalHold)));
};

export const putObjectLegalHold: Operation = (call) => {
  checkDigestSent(call);
  const object = lockable(call);
  const root = parseXml(bodyText(call));
  const status = childText(root, "Status");
  if (root.name !== "LegalHold" || (status !== "ON" && status !== "OFF")) throw malformedXml();
  call.account.lock(bucketOf(call), object, { legalHold: status });
  return { status: 200 };
};

function lockable(call: Call) {
  checkLockable(bucketOf(call));
  const object = objectOf(call);
  call.billedClass = "STANDARD";
  return object;
}

function noConfiguration(): S3Error {
  return new S3Error(404, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration");
}
