import type { S3Request } from "../http/request.ts";
import { invalidArgument, notImplemented, S3Error } from "../s3-error.ts";
import * as bucketOps from "./bucket-ops.ts";
import type { Operation, Rate } from "./call.ts";
import { completeMultipartUpload } from "./complete-multipart.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObject, deleteObjects } from "./delete-object.ts";
import { getObject, headObject } from "./get-object.ts";
import { listMultipartUploads, listParts } from "./list-multipart.ts";
import { listObjectsV1, listObjectsV2 } from "./list-objects.ts";
import { listObjectVersions } from "./list-versions.ts";
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from "./multipart.ts";
import * as lockOps from "./object-lock.ts";
import * as policyOps from "./policy-ops.ts";
import { putObject } from "./put-object.ts";
import { restoreObject } from "./restore-object.ts";
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./tagging.ts";
import * as tieringOps from "./tiering-ops.ts";

export interface Route {
  /** AWS's name of the operation; faults and the ledger's counts use it. */
  readonly name: string;
  readonly rate: Rate;
  readonly run: Operation;
}

function route(name: string, rate: Rate, run: Operation): Route {
  return { name, rate, run };
}

const UPLOAD_PART_COPY = route("UploadPartCopy", "put", uploadPartCopy);
const COPY_OBJECT = route("CopyObject", "put", copyObject);
const LIST_TIERING = route("ListBucketIntelligentTieringConfigurations", "list", tieringOps.listTiering);
const LIST_V2 = route("ListObjectsV2", "list", listObjectsV2);

/** By method and the query parameter that makes the difference; "" is the plain request. */
const OBJECT: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  GET: {
    uploadId: route("ListParts", "list", listParts),
    tagging: route("GetObjectTagging", "get", getObjectTagging),
    retention: route("GetObjectRetention", "get", lockOps.getObjectRetention),
    "legal-hold": route("GetObjectLegalHold", "get", lockOps.getObjectLegalHold),
    "": route("GetObject", "get", getObject),
  },
  HEAD: { "": route("HeadObject", "get", headObject) },
  PUT: {
    uploadId: route("UploadPart", "put", uploadPart),
    tagging: route("PutObjectTagging", "put", putObjectTagging),
    retention: route("PutObjectRetention", "put", lockOps.putObjectRetention),
    "legal-hold": route("PutObjectLegalHold", "put", lockOps.putObjectLegalHold),
    "": route("PutObject", "put", putObject),
  },
  POST: {
    uploads: route("CreateMultipartUpload", "put", createMultipartUpload),
    uploadId: route("CompleteMultipartUpload", "put", completeMultipartUpload),
    restore: route("RestoreObject", "restore", restoreObject),
  },
  DELETE: {
    uploadId: route("AbortMultipartUpload", "free", abortMultipartUpload),
    tagging: route("DeleteObjectTagging", "free", deleteObjectTagging),
    "": route("DeleteObject", "free", deleteObject),
  },
};

const BUCKET: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  GET: {
    "list-type": LIST_V2,
    location: route("GetBucketLocation", "get", bucketOps.getBucketLocation),
    versioning: route("GetBucketVersioning", "get", bucketOps.getBucketVersioning),
    versions: route("ListObjectVersions", "list", listObjectVersions),
    "object-lock": route("GetObjectLockConfiguration", "get", lockOps.getObjectLockConfiguration),
    policy: route("GetBucketPolicy", "get", policyOps.getBucketPolicy),
    "intelligent-tiering": route("GetBucketIntelligentTieringConfiguration", "get", tieringOps.getTiering),
    encryption: route("GetBucketEncryption", "get", bucketOps.getBucketEncryption),
    lifecycle: route("GetBucketLifecycleConfiguration", "get", bucketOps.getLifecycle),
    uploads: route("ListMultipartUploads", "list", listMultipartUploads),
    "": route("ListObjects", "list", listObjectsV1),
  },
  HEAD: { "": route("HeadBucket", "get", bucketOps.headBucket) },
  PUT: {
    versioning: route("PutBucketVersioning", "put", bucketOps.putBucketVersioning),
    "object-lock": route("PutObjectLockConfiguration", "put", lockOps.putObjectLockConfiguration),
    policy: route("PutBucketPolicy", "put", policyOps.putBucketPolicy),
    "intelligent-tiering": route("PutBucketIntelligentTieringConfiguration", "put", tieringOps.putTiering),
    encryption: route("PutBucketEncryption", "put", bucketOps.putBucketEncryption),
    lifecycle: route("PutBucketLifecycleConfiguration", "put", bucketOps.putLifecycle),
    "": route("CreateBucket", "put", bucketOps.createBucket),
  },
  POST: { delete: route("DeleteObjects", "free", deleteObjects) },
  DELETE: {
    encryption: route("DeleteBucketEncryption", "free", bucketOps.deleteBucketEncryption),
    lifecycle: route("DeleteBucketLifecycle", "free", bucketOps.deleteLifecycle),
    policy: route("DeleteBucketPolicy", "free", policyOps.deleteBucketPolicy),
    "intelligent-tiering": route("DeleteBucketIntelligentTieringConfiguration", "free", tieringOps.deleteTiering),
    "": route("DeleteBucket", "free", bucketOps.deleteBucket),
  },
};

const LIST_BUCKETS = route("ListBuckets", "list", bucketOps.listBuckets);

/** Sub-resources of S3 that icebox does not have; asking for one must not be taken for the plain request. */
const ELSEWHERE = new Set(
  (
    "accelerate acl analytics attributes cors intelligent-tiering inventory legal-hold logging metrics notification ownershipControls policy " +
    "policyStatus publicAccessBlock replication requestPayment retention select tagging torrent versions website object-lock versioning"
  ).split(" "),
);

const OF_VERSIONS = new Set(
  (
    "GetObject HeadObject DeleteObject RestoreObject GetObjectTagging PutObjectTagging DeleteObjectTagging " +
    "GetObjectRetention PutObjectRetention GetObjectLegalHold PutObjectLegalHold"
  ).split(" "),
);

export function findRoute(request: S3Request): Route {
  if (request.bucket === undefined) {
    if (request.method === "GET") return LIST_BUCKETS;
    throw methodNotAllowed(request);
  }
  const table = (request.key === undefined ? BUCKET : OBJECT)[request.method];
  if (table === undefined) throw methodNotAllowed(request);
  const special = Object.keys(table).find((name) => name !== "" && request.query.has(name));
  if (special === undefined) checkPlain(request);
  const found = table[special ?? ""];
  if (found === undefined) throw methodNotAllowed(request);
  if (found === LIST_V2 && request.query.get("list-type") !== "2") throw invalidArgument("Invalid list type", "list-type");
  if (request.query.has("versionId") && !OF_VERSIONS.has(found.name)) {
    throw invalidArgument("This operation does not accept a version-id.", "versionId", request.query.get("versionId"));
  }
  if (found.name === "GetBucketIntelligentTieringConfiguration" && !request.query.has("id")) return LIST_TIERING;
  if (!request.headers.has("x-amz-copy-source")) return found;
  if (found.name === "UploadPart") return UPLOAD_PART_COPY;
  return found.name === "PutObject" ? COPY_OBJECT : found;
}

function checkPlain(request: S3Request): void {
  const other = [...request.query.keys()].find((name) => ELSEWHERE.has(name));
  if (other !== undefined) throw notImplemented(other);
}

function methodNotAllowed(request: S3Request): S3Error {
  return new S3Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", { Method: request.method });
}
