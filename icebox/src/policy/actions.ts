import type { S3Request } from "../http/request.ts";

/** What an operation needs to be allowed, where that is not the name of the operation itself. */
const NEEDS: Readonly<Record<string, string>> = {
  HeadObject: "GetObject",
  CopyObject: "PutObject",
  CreateMultipartUpload: "PutObject",
  UploadPart: "PutObject",
  UploadPartCopy: "PutObject",
  CompleteMultipartUpload: "PutObject",
  ListParts: "ListMultipartUploadParts",
  HeadBucket: "ListBucket",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListMultipartUploads: "ListBucketMultipartUploads",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  PutObjectLockConfiguration: "PutBucketObjectLockConfiguration",
  GetBucketEncryption: "GetEncryptionConfiguration",
  PutBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  GetBucketIntelligentTieringConfiguration: "GetIntelligentTieringConfiguration",
  ListBucketIntelligentTieringConfigurations: "GetIntelligentTieringConfiguration",
  PutBucketIntelligentTieringConfiguration: "PutIntelligentTieringConfiguration",
  DeleteBucketIntelligentTieringConfiguration: "PutIntelligentTieringConfiguration",
};

/** Actions with a name of their own when a version is named. */
const BY_VERSION: Readonly<Record<string, string>> = {
  GetObject: "GetObjectVersion",
  DeleteObject: "DeleteObjectVersion",
  GetObjectTagging: "GetObjectVersionTagging",
  PutObjectTagging: "PutObjectVersionTagging",
  DeleteObjectTagging: "DeleteObjectVersionTagging",
};

/** Headers of a write that each need leave of their own. */
const BY_HEADER: readonly (readonly [header: string, action: string])[] = [
  ["x-amz-tagging", "PutObjectTagging"],
  ["x-amz-object-lock-mode", "PutObjectRetention"],
  ["x-amz-object-lock-legal-hold", "PutObjectLegalHold"],
];

/** The actions one request must be allowed on the bucket or key it names. DeleteObjects asks for each key by itself. */
export function actionsOf(operation: string, request: S3Request): string[] {
  if (operation === "DeleteObjects") return [];
  const action = actionNamed(NEEDS[operation] ?? operation, request.query.get("versionId"));
  const writes = action === "s3:PutObject" ? BY_HEADER.filter(([header]) => request.headers.has(header)) : [];
  return [action, ...writes.map(([, name]) => `s3:${name}`)];
}

export function actionNamed(name: string, versionId: string | undefined): string {
  return `s3:${(versionId === undefined ? undefined : BY_VERSION[name]) ?? name}`;
}
