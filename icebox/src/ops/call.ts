import type { Account } from "../account.ts";
import type { Body } from "../http/body.ts";
import { httpDate } from "../http/reply.ts";
import type { Reply } from "../http/reply.ts";
import type { S3Request } from "../http/request.ts";
import type { Act } from "../policy/authorize.ts";
import { accessDenied, invalidArgument, invalidRequest, noSuchKey, noSuchVersion, S3Error } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { isMarker } from "../state/object.ts";
import type { DeleteMarker, StoredObject } from "../state/object.ts";

/** What a request counts as on the bill; `restore` is counted by the operation itself. */
export type Rate = "put" | "get" | "list" | "free" | "restore";

/** One request being executed. Operations are synchronous: nothing else happens while one runs. */
export interface Call {
  readonly account: Account;
  readonly request: S3Request;
  readonly body: Body;
  readonly region: string;
  /** The stored world's time. */
  readonly at: number;
  /** The class whose request price applies; STANDARD unless the operation says otherwise. */
  billedClass: string;
  /** Throws when the bucket's policy denies this to the caller. What the operation's own name says has been checked before it runs. */
  checkAllowed(act: Act): void;
  isDenied(act: Act): boolean;
}

export type Operation = (call: Call) => Reply;

export function header(call: Call, name: string): string | undefined {
  return call.request.headers.get(name);
}

export function query(call: Call, name: string): string | undefined {
  return call.request.query.get(name);
}

export function bucketOf(call: Call): Bucket {
  return call.account.bucket(call.request.bucket ?? "");
}

export function keyOf(call: Call): string {
  return call.request.key ?? "";
}

/** The version the request names, or the current one. */
export function objectOf(call: Call): StoredObject {
  const object = findObject(call, bucketOf(call), keyOf(call), query(call, "versionId"));
  call.billedClass = object.storageClass;
  return object;
}

export function findObject(call: Call, bucket: Bucket, key: string, versionId: string | undefined): StoredObject {
  if (versionId !== undefined) return findVersion(call, bucket, key, versionId);
  const object = bucket.objects.get(key);
  if (object !== undefined) return object;
  // Who may not list is not told what is missing.
  if (call.isDenied({ action: "s3:ListBucket", bucket })) throw accessDenied();
  const marker = bucket.others.get(key)?.[0];
  throw noSuchKey(key, marker !== undefined && isMarker(marker) ? markerHeaders(marker) : {});
}

function findVersion(call: Call, bucket: Bucket, key: string, versionId: string): StoredObject {
  checkVersionId(versionId);
  const version = bucket.version(key, versionId);
  if (version === undefined) throw noSuchVersion(key, versionId);
  if (!isMarker(version)) return version;
  const text = "The specified method is not allowed against this resource.";
  const headers = { ...markerHeaders(version), allow: "DELETE", "last-modified": httpDate(version.lastModified) };
  throw new S3Error(405, "MethodNotAllowed", text, { Method: call.request.method, ResourceType: "DeleteMarker" }, headers);
}

export function checkVersionId(text: string): void {
  if (text !== "null" && !/^[0-9a-f]{32}$/.test(text)) throw invalidArgument("Invalid version id specified", "versionId", text);
}

export function markerHeaders(marker: DeleteMarker): Record<string, string> {
  return { "x-amz-delete-marker": "true", "x-amz-version-id": marker.versionId };
}

/** Nothing is said of versions where there never were any. */
export function versionHeader(bucket: Bucket, versionId: string): Record<string, string> {
  return bucket.facts.versioning === undefined ? {} : { "x-amz-version-id": versionId };
}

/** S3 insists on a digest of bodies that decide what is removed or kept: losing half of one would do it to the wrong things. */
export function checkDigestSent(call: Call): void {
  const names = [...call.request.headers.keys()];
  if (names.some((name) => name === "content-md5" || name.startsWith("x-amz-checksum-") || name === "x-amz-trailer")) return;
  throw invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

export function bodyText(call: Call): string {
  return call.body.bytes.toString("utf8");
}
