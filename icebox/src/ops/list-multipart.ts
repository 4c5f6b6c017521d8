import { uriEncode } from "../http/percent.ts";
import { isoDate, xmlReply } from "../http/reply.ts";
import { document, tag, wrap } from "../http/xml.ts";
import { compareKeys } from "../state/key-order.ts";
import { bucketOf, keyOf, query } from "./call.ts";
import type { Operation } from "./call.ts";
import { checksumElement } from "./copy-object.ts";
import { wholeParameter } from "./describe.ts";
import { OWNER } from "./list-objects.ts";

const MAX_ENTRIES = 1000;

export const listParts: Operation = (call) => {
  const bucket = bucketOf(call);
  const upload = call.account.upload(bucket, keyOf(call), query(call, "uploadId") ?? "");
  const most = wholeParameter(query(call, "max-parts"), "max-parts", MAX_ENTRIES, MAX_ENTRIES);
  const marker = wholeParameter(query(call, "part-number-marker"), "part-number-marker", 0, Number.MAX_SAFE_INTEGER);
  const rest = [...upload.parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number);
  const page = rest.slice(0, most);
  const parts = page.map((part) => {
    const facts = tag("PartNumber", part.number) + tag("LastModified", isoDate(part.lastModified)) + tag("ETag", `"${part.etag}"`);
    return wrap("Part", facts + tag("Size", part.size) + checksumElement(part.checksum));
  });
  const truncated = rest.length > page.length;
  const head =
    tag("Bucket", bucket.name) +
    tag("Key", upload.key) +
    tag("UploadId", upload.id) +
    wrap("Initiator", OWNER) +
    wrap("Owner", OWNER) +
    tag("StorageClass", upload.storageClass) +
    tag("PartNumberMarker", marker) +
    tag("NextPartNumberMarker", truncated ? page.at(-1)?.number : undefined) +
    tag("MaxParts", most) +
    tag("IsTruncated", truncated);
  return xmlReply(document("ListPartsResult", head + parts.join("")));
};

export const listMultipartUploads: Operation = (call) => {
  const bucket = bucketOf(call);
  const prefix = query(call, "prefix") ?? "";
  const delimiter = query(call, "delimiter") ?? "";
  const [keyMarker, idMarker] = [query(call, "key-marker") ?? "", query(call, "upload-id-marker") ?? ""];
  const most = wholeParameter(query(call, "max-uploads"), "max-uploads", MAX_ENTRIES, MAX_ENTRIES);
  const encode = query(call, "encoding-type") === "url" ? (text: string) => uriEncode(text, true) : (text: string) => text;
  const isAfter = (key: string, id: string) => {
    const order = compareKeys(key, keyMarker);
    return order > 0 || (order === 0 && idMarker !== "" && id > idMarker);
  };
  const matching = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix) && isAfter(upload.key, upload.id))
    .sort((a, b) => compareKeys(a.key, b.key) || (a.id < b.id ? -1 : 1));
  const grouped = (key: string) => (delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length));
  const prefixes = new Set(
    matching.filter((upload) => grouped(upload.key) >= 0).map((upload) => upload.key.slice(0, grouped(upload.key) + delimiter.length)),
  );
  const single = matching.filter((upload) => grouped(upload.key) < 0);
  const page = single.slice(0, most);
  const truncated = single.length > page.length;
  const uploads = page.map((upload) =>
    wrap(
      "Upload",
      tag("Key", encode(upload.key)) +
        tag("UploadId", upload.id) +
        wrap("Initiator", OWNER) +
        wrap("Owner", OWNER) +
        tag("StorageClass", upload.storageClass) +
        tag("Initiated", isoDate(upload.initiated)),
    ),
  );
  const head =
    tag("Bucket", bucket.name) +
    tag("KeyMarker", encode(keyMarker)) +
    tag("UploadIdMarker", idMarker) +
    tag("NextKeyMarker", truncated ? encode(page.at(-1)!.key) : undefined) +
    tag("NextUploadIdMarker", truncated ? page.at(-1)!.id : undefined) +
    tag("Prefix", encode(prefix)) +
    tag("MaxUploads", most) +
    tag("IsTruncated", truncated);
  const common = [...prefixes].map((name) => wrap("CommonPrefixes", tag("Prefix", encode(name)))).join("");
  return xmlReply(document("ListMultipartUploadsResult", head + uploads.join("") + common));
};
