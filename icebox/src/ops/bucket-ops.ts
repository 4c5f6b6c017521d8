import { child, childText, document, parseXml, tag, wrap } from "../http/xml.ts";
import { isoDate, xmlReply } from "../http/reply.ts";
import { parseLifecycle } from "../lifecycle/parse.ts";
import { malformedXml, S3Error } from "../s3-error.ts";
import { newBucketFacts } from "../state/bucket.ts";
import type { StoredEncryption } from "../state/object.ts";
import { bodyText, bucketOf, header } from "./call.ts";
import type { Operation } from "./call.ts";
import { OWNER } from "./list-objects.ts";
import { invalidBucketState } from "./object-lock.ts";

const MINIMUM_SIZE = "x-amz-transition-default-minimum-object-size";

export const listBuckets: Operation = (call) => {
  const buckets = [...call.account.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = buckets.map((bucket) => wrap("Bucket", tag("Name", bucket.name) + tag("CreationDate", isoDate(bucket.facts.created))));
  return xmlReply(document("ListAllMyBucketsResult", wrap("Owner", OWNER) + wrap("Buckets", entries.join(""))));
};

export const createBucket: Operation = (call) => {
  const name = call.request.bucket ?? "";
  checkBucketName(name);
  if (call.account.buckets.has(name)) {
    const text = "Your previous request to create the named bucket succeeded and you already own it.";
    throw new S3Error(409, "BucketAlreadyOwnedByYou", text, { BucketName: name });
  }
  const objectLock = header(call, "x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true";
  call.account.createBucket(newBucketFacts(name, call.at, { objectLock }));
  return { status: 200, headers: { location: `/${name}` } };
};

export function checkBucketName(name: string): void {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..") && !/^\d+\.\d+\.\d+\.\d+$/.test(name)) return;
  throw new S3Error(400, "InvalidBucketName", "The specified bucket is not valid.", { BucketName: name });
}

export const headBucket: Operation = (call) => {
  bucketOf(call);
  return { status: 200, headers: { "x-amz-bucket-region": call.region } };
};

export const deleteBucket: Operation = (call) => {
  const bucket = bucketOf(call);
  if (bucket.objects.size + bucket.others.size > 0) {
    const versions = bucket.facts.versioning === undefined ? "" : ". You must delete all versions in the bucket.";
    throw new S3Error(409, "BucketNotEmpty", `The bucket you tried to delete is not empty${versions}`, { BucketName: bucket.name });
  }
  for (const upload of bucket.uploads.values()) call.account.endUpload(bucket, upload, call.at);
  call.account.deleteBucket(bucket);
  return { status: 204 };
};

export const getBucketLocation: Operation = (call) => {
  bucketOf(call);
  // us-east-1 is the region with no name.
  const region = call.region === "us-east-1" ? "" : call.region;
  return xmlReply(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${region}</LocationConstraint>`,
  );
};

export const getBucketVersioning: Operation = (call) =>
  xmlReply(document("VersioningConfiguration", tag("Status", bucketOf(call).facts.versioning)));

export const putBucketVersioning: Operation = (call) => {
  const bucket = bucketOf(call);
  const status = childText(parseXml(bodyText(call)), "Status");
  if (status !== "Enabled" && status !== "Suspended") throw malformedXml();
  if (bucket.facts.objectLock && status !== "Enabled") {
    throw invalidBucketState("An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
  }
  bucket.facts.versioning = status;
  call.account.saveBucket(bucket);
  return { status: 200 };
};

export const getBucketEncryption: Operation = (call) => {
  const { algorithm, keyId, bucketKey } = bucketOf(call).facts.encryption;
  const rule = wrap("ApplyServerSideEncryptionByDefault", tag("SSEAlgorithm", algorithm) + tag("KMSMasterKeyID", keyId));
  return xmlReply(document("ServerSideEncryptionConfiguration", wrap("Rule", rule + tag("BucketKeyEnabled", bucketKey === true))));
};

export const putBucketEncryption: Operation = (call) => {
  const bucket = bucketOf(call);
  const rule = child(parseXml(bodyText(call)), "Rule");
  const fallback = child(rule, "ApplyServerSideEncryptionByDefault");
  const algorithm = childText(fallback, "SSEAlgorithm");
  if (algorithm !== "AES256" && algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse") throw malformedXml();
  const keyId = childText(fallback, "KMSMasterKeyID");
  const encryption: StoredEncryption = {
    algorithm,
    ...(keyId === undefined ? {} : { keyId }),
    ...(childText(rule, "BucketKeyEnabled") === "true" ? { bucketKey: true } : {}),
  };
  bucket.facts.encryption = encryption;
  call.account.saveBucket(bucket);
  return { status: 200 };
};

export const deleteBucketEncryption: Operation = (call) => {
  const bucket = bucketOf(call);
  bucket.facts.encryption = { algorithm: "AES256" };
  call.account.saveBucket(bucket);
  return { status: 204 };
};

export const putLifecycle: Operation = (call) => {
  const bucket = bucketOf(call);
  bucket.facts.lifecycle = parseLifecycle(bodyText(call), header(call, MINIMUM_SIZE), call.account.extraClasses);
  call.account.saveBucket(bucket);
  return { status: 200, headers: { [MINIMUM_SIZE]: bucket.facts.lifecycle.minimumSize } };
};

export const getLifecycle: Operation = (call) => {
  const { lifecycle } = bucketOf(call).facts;
  if (lifecycle === undefined) throw new S3Error(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  return xmlReply(lifecycle.source, { [MINIMUM_SIZE]: lifecycle.minimumSize });
};

export const deleteLifecycle: Operation = (call) => {
  const bucket = bucketOf(call);
  bucket.facts.lifecycle = undefined;
  call.account.saveBucket(bucket);
  return { status: 204 };
};
