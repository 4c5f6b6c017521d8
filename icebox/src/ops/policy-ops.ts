import { parsePolicy } from "../policy/policy.ts";
import { S3Error } from "../s3-error.ts";
import { bodyText, bucketOf } from "./call.ts";
import type { Operation } from "./call.ts";

export const putBucketPolicy: Operation = (call) => {
  const bucket = bucketOf(call);
  bucket.facts.policy = parsePolicy(bodyText(call), bucket.name);
  call.account.saveBucket(bucket);
  return { status: 204 };
};

export const getBucketPolicy: Operation = (call) => {
  const { name, policy } = bucketOf(call).facts;
  if (policy === undefined) throw new S3Error(404, "NoSuchBucketPolicy", "The bucket policy does not exist", { BucketName: name });
  return { status: 200, headers: { "content-type": "application/json" }, body: policy.source };
};

export const deleteBucketPolicy: Operation = (call) => {
  const bucket = bucketOf(call);
  bucket.facts.policy = undefined;
  call.account.saveBucket(bucket);
  return { status: 204 };
};
