import { isReadable, restoreHeader } from "../archive.ts";
import { httpDate } from "../http/reply.ts";
import type { Reply } from "../http/reply.ts";
import { GIB } from "../ledger/bill.ts";
import { S3Error } from "../s3-error.ts";
import type { StoredObject } from "../state/object.ts";
import { lockHeaders } from "../lock/request.ts";
import { isArchiveTier } from "../tiering/tiers.ts";
import { bucketOf, header, objectOf, query, versionHeader } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { isNotModified } from "./conditions.ts";
import { checksumHeaders, descriptionHeaders } from "./describe.ts";
import { checkCustomerKey, encryptionHeaders } from "./encryption.ts";

export const getObject: Operation = (call) => {
  const object = objectOf(call);
  checkCustomerKey(call, object.encryption);
  if (isNotModified(call, object)) return notModified(object);
  if (!isReadable(object)) throw invalidObjectState(object, "The operation is not valid for the object's storage class");
  const range = readRange(call, object.size);
  const { offset, length } = range ?? { offset: 0, length: object.size };
  // A thawed copy is read at STANDARD's rates; its retrieval was paid when it was asked for.
  if (object.restore === undefined) call.account.ledger.count("retrieval", object.storageClass, undefined, length / GIB, call.at);
  else call.billedClass = "STANDARD";
  call.account.touch(bucketOf(call), object, call.at);
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...objectHeaders(call, object, range === undefined),
      ...responseOverrides(call),
      ...(range === undefined ? {} : { "content-range": `bytes ${offset}-${offset + length - 1}/${object.size}` }),
      "content-length": String(length),
    },
    body: length === 0 ? "" : call.account.bytes.read(object.id, offset, length),
  };
};

export const headObject: Operation = (call) => {
  const object = objectOf(call);
  checkCustomerKey(call, object.encryption);
  if (isNotModified(call, object)) return notModified(object);
  const range = readRange(call, object.size);
  const length = range?.length ?? object.size;
  const contentRange = range === undefined ? {} : { "content-range": `bytes ${range.offset}-${range.offset + length - 1}/${object.size}` };
  return {
    status: range === undefined ? 200 : 206,
    headers: { ...objectHeaders(call, object, range === undefined), ...contentRange, "content-length": String(length) },
  };
};

function notModified(object: StoredObject): Reply {
  return { status: 304, headers: { etag: `"${object.etag}"`, "last-modified": httpDate(object.lastModified) } };
}

function objectHeaders(call: Call, object: StoredObject, whole: boolean): Record<string, string> {
  const restore = restoreHeader(object);
  return {
    ...descriptionHeaders(object),
    "accept-ranges": "bytes",
    etag: `"${object.etag}"`,
    "last-modified": httpDate(object.lastModified),
    ...encryptionHeaders(object.encryption),
    ...(object.storageClass === "STANDARD" ? {} : { "x-amz-storage-class": object.storageClass }),
    ...(restore === undefined ? {} : { "x-amz-restore": restore }),
    ...(isArchiveTier(object.accessTier) ? { "x-amz-archive-status": object.accessTier } : {}),
    ...versionHeader(bucketOf(call), object.versionId),
    ...lockHeaders(object),
    ...(object.tags.length === 0 ? {} : { "x-amz-tagging-count": String(object.tags.length) }),
    ...(whole && header(call, "x-amz-checksum-mode") === "ENABLED" ? checksumHeaders(object.checksum) : {}),
  };
}

const OVERRIDES = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];

function responseOverrides(call: Call): Record<string, string> {
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = query(call, `response-${name}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function invalidObjectState(object: StoredObject, message: string): S3Error {
  const tier: Record<string, string> = isArchiveTier(object.accessTier) ? { AccessTier: object.accessTier } : {};
  return new S3Error(403, "InvalidObjectState", message, { StorageClass: object.storageClass, ...tier });
}

/** One range of bytes; anything S3 does not understand as one is ignored. */
function readRange(call: Call, size: number): { offset: number; length: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header(call, "range") ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, from, to] = match as unknown as [string, string, string];
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < start) return undefined;
  if (start >= size || (from === "" && Number(to) === 0)) {
    throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable", {
      RangeRequested: header(call, "range")!,
      ActualObjectSize: String(size),
    });
  }
  return { offset: start, length: end - start + 1 };
}
