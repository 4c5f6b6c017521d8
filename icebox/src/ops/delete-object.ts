import { childText, children, document, parseXml, tag, wrap } from "../http/xml.ts";
import type { XmlElement } from "../http/xml.ts";
import { xmlReply } from "../http/reply.ts";
import { checkMayRemove } from "../lock/retention.ts";
import { bypasses } from "../lock/request.ts";
import { actionNamed } from "../policy/actions.ts";
import { malformedXml, noSuchKey, preconditionFailed, S3Error } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { isMarker } from "../state/object.ts";
import type { StoredObject } from "../state/object.ts";
import { bodyText, bucketOf, checkDigestSent, checkVersionId, header, keyOf, query } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { etagMatches } from "./conditions.ts";

const MAX_KEYS = 1000;

interface Gone {
  /** The version that was removed for good, or the marker that hides the key now. */
  readonly versionId: string | undefined;
  /** Whether that is, or was, a delete marker. */
  readonly marker: boolean;
}

export const deleteObject: Operation = (call) => {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const ifMatch = header(call, "if-match");
  const named = query(call, "versionId");
  if (ifMatch !== undefined) checkMatch(bucket, key, named, ifMatch);
  const { versionId, marker } = remove(call, bucket, key, named);
  return {
    status: 204,
    headers: {
      ...(versionId === undefined ? {} : { "x-amz-version-id": versionId }),
      ...(marker ? { "x-amz-delete-marker": "true" } : {}),
    },
  };
};

export const deleteObjects: Operation = (call) => {
  const bucket = bucketOf(call);
  checkDigestSent(call);
  const root = parseXml(bodyText(call));
  const entries = children(root, "Object");
  if (root.name !== "Delete" || entries.length === 0 || entries.length > MAX_KEYS) throw malformedXml();
  const quiet = childText(root, "Quiet") === "true";
  return xmlReply(document("DeleteResult", entries.map((entry) => deleteOne(call, bucket, entry, quiet)).join("")));
};

/** Without a version a key is deleted, or hidden where there are versions; with one, that version goes, whatever it is. */
function remove(call: Call, bucket: Bucket, key: string, versionId: string | undefined): Gone {
  if (versionId === undefined) {
    const marker = call.account.deleteObject(bucket, key, call.at);
    return { versionId: marker?.versionId, marker: marker !== undefined };
  }
  checkVersionId(versionId);
  const version = bucket.version(key, versionId);
  if (version === undefined) return { versionId, marker: false };
  if (!isMarker(version)) checkMayRemove(version, call.at, bypasses(call, bucket, key));
  call.account.removeVersion(bucket, version, call.at);
  return { versionId, marker: isMarker(version) };
}

function checkMatch(bucket: Bucket, key: string, versionId: string | undefined, ifMatch: string): void {
  const existing = findMatch(bucket, key, versionId);
  if (existing === undefined) throw noSuchKey(key);
  if (!etagMatches(ifMatch, existing)) throw preconditionFailed("If-Match");
}

function findMatch(bucket: Bucket, key: string, versionId: string | undefined): StoredObject | undefined {
  const found = versionId === undefined ? bucket.objects.get(key) : bucket.version(key, versionId);
  return found === undefined || isMarker(found) ? undefined : found;
}

function deleteOne(call: Call, bucket: Bucket, entry: XmlElement, quiet: boolean): string {
  // A key may begin or end in white space: take it as it is.
  const key = children(entry, "Key")[0]?.text;
  if (key === undefined || key === "") throw malformedXml();
  const versionId = childText(entry, "VersionId");
  const named = tag("Key", key) + tag("VersionId", versionId);
  try {
    call.checkAllowed({ action: actionNamed("DeleteObject", versionId), bucket, key, versionId });
    const etag = childText(entry, "ETag");
    if (etag !== undefined && !etagMatches(etag, findMatch(bucket, key, versionId))) throw preconditionFailed("ETag");
    const gone = remove(call, bucket, key, versionId);
    const marker = gone.marker ? tag("DeleteMarker", true) + tag("DeleteMarkerVersionId", gone.versionId) : "";
    return quiet ? "" : wrap("Deleted", named + marker);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return wrap("Error", named + tag("Code", error.code) + tag("Message", error.message));
  }
}
