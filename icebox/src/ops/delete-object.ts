import { childText, children, document, parseXml, tag, wrap } from "../http/xml.ts";
import type { XmlElement } from "../http/xml.ts";
import { xmlReply } from "../http/reply.ts";
import { invalidRequest, malformedXml, noSuchKey, preconditionFailed } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { bodyText, bucketOf, header, keyOf } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { etagMatches } from "./conditions.ts";

const MAX_KEYS = 1000;

export const deleteObject: Operation = (call) => {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const ifMatch = header(call, "if-match");
  const existing = bucket.objects.get(key);
  if (ifMatch !== undefined) {
    if (existing === undefined) throw noSuchKey(key);
    if (!etagMatches(ifMatch, existing)) throw preconditionFailed("If-Match");
  }
  call.account.deleteObject(bucket, key, call.at);
  return { status: 204 };
};

export const deleteObjects: Operation = (call) => {
  const bucket = bucketOf(call);
  checkIntegrityHeader(call);
  const root = parseXml(bodyText(call));
  const entries = children(root, "Object");
  if (root.name !== "Delete" || entries.length === 0 || entries.length > MAX_KEYS) throw malformedXml();
  const quiet = childText(root, "Quiet") === "true";
  return xmlReply(document("DeleteResult", entries.map((entry) => deleteOne(call, bucket, entry, quiet)).join("")));
};

/** S3 insists on a digest of this body: losing half of it would delete the wrong things. */
function checkIntegrityHeader(call: Call): void {
  const names = [...call.request.headers.keys()];
  if (names.some((name) => name === "content-md5" || name.startsWith("x-amz-checksum-") || name === "x-amz-trailer")) return;
  throw invalidRequest("Missing required header for this request: Content-MD5");
}

function deleteOne(call: Call, bucket: Bucket, entry: XmlElement, quiet: boolean): string {
  // A key may begin or end in white space: take it as it is.
  const key = children(entry, "Key")[0]?.text;
  if (key === undefined || key === "") throw malformedXml();
  const etag = childText(entry, "ETag");
  if (etag !== undefined && !etagMatches(etag, bucket.objects.get(key))) {
    const text = "At least one of the pre-conditions you specified did not hold";
    return wrap("Error", tag("Key", key) + tag("Code", "PreconditionFailed") + tag("Message", text));
  }
  call.account.deleteObject(bucket, key, call.at);
  return quiet ? "" : wrap("Deleted", tag("Key", key));
}
