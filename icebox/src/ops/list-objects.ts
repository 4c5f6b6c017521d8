import { archiveState } from "../archive.ts";
import { uriEncode } from "../http/percent.ts";
import { isoDate, xmlReply } from "../http/reply.ts";
import { document, tag, wrap } from "../http/xml.ts";
import { invalidArgument } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { compareKeys } from "../state/key-order.ts";
import type { KeyMap } from "../state/key-order.ts";
import type { StoredObject } from "../state/object.ts";
import { bucketOf, header, query } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { wholeParameter } from "./describe.ts";

const MAX_KEYS = 1000;
export const OWNER = tag("ID", "icebox") + tag("DisplayName", "icebox");

interface Wanted {
  readonly prefix: string;
  readonly delimiter: string;
  /** Names up to and including this one were given before; a common prefix is skipped with all that is under it. */
  readonly after: string;
  readonly maxKeys: number;
}

interface Page {
  readonly objects: StoredObject[];
  readonly prefixes: string[];
  /** The last name of a page that is not the last page. */
  readonly next: string | undefined;
}

export const listObjectsV2: Operation = (call) => {
  const bucket = bucketOf(call);
  const token = query(call, "continuation-token");
  const startAfter = query(call, "start-after");
  const wanted = { ...readWanted(call), after: token === undefined ? (startAfter ?? "") : decodeToken(token) };
  const page = listPage(bucket, wanted);
  const encode = encoder(call);
  return xmlReply(
    document(
      "ListBucketResult",
      head(bucket, wanted, encode, call) +
        tag("KeyCount", page.objects.length + page.prefixes.length) +
        tag("IsTruncated", page.next !== undefined) +
        tag("ContinuationToken", token) +
        tag("NextContinuationToken", page.next === undefined ? undefined : encodeToken(page.next)) +
        tag("StartAfter", startAfter === undefined ? undefined : encode(startAfter)) +
        entries(call, page, encode, query(call, "fetch-owner") === "true"),
    ),
  );
};

export const listObjectsV1: Operation = (call) => {
  const bucket = bucketOf(call);
  const marker = query(call, "marker") ?? "";
  const wanted = { ...readWanted(call), after: marker };
  const page = listPage(bucket, wanted);
  const encode = encoder(call);
  const next = wanted.delimiter === "" ? undefined : page.next;
  return xmlReply(
    document(
      "ListBucketResult",
      head(bucket, wanted, encode, call) +
        tag("Marker", encode(marker)) +
        tag("IsTruncated", page.next !== undefined) +
        tag("NextMarker", next === undefined ? undefined : encode(next)) +
        entries(call, page, encode, true),
    ),
  );
};

export function readWanted(call: Call): Omit<Wanted, "after"> {
  const maxKeys = wholeParameter(query(call, "max-keys"), "max-keys", MAX_KEYS, MAX_KEYS);
  return { prefix: query(call, "prefix") ?? "", delimiter: query(call, "delimiter") ?? "", maxKeys };
}

function listPage(bucket: Bucket, wanted: Wanted): Page {
  const { prefix, delimiter, after, maxKeys } = wanted;
  const page: Page = { objects: [], prefixes: [], next: undefined };
  const keys = bucket.objects;
  let last: string | undefined;
  let index = keys.firstIndex(compareKeys(after, prefix) > 0 ? after : prefix);
  for (let key = keys.keyAt(index); key?.startsWith(prefix) === true; key = keys.keyAt(index)) {
    const common = commonPrefix(key, prefix, delimiter);
    const name = common ?? key;
    if (compareKeys(name, after) > 0 && !(common !== undefined && after.startsWith(common))) {
      if (page.objects.length + page.prefixes.length >= maxKeys) return { ...page, next: maxKeys === 0 ? undefined : last };
      if (common === undefined) page.objects.push(keys.get(key)!);
      else page.prefixes.push(common);
      last = name;
    }
    index = common === undefined ? index + 1 : firstBeyond(keys, common, index);
  }
  return page;
}

export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Index of the first key that does not start with `prefix`, found by doubling steps. */
export function firstBeyond(keys: KeyMap<unknown>, prefix: string, from: number): number {
  const inside = (index: number) => keys.keyAt(index)?.startsWith(prefix) === true;
  let step = 1;
  while (inside(from + step)) step *= 2;
  let low = from + Math.floor(step / 2);
  let high = from + step;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (inside(middle)) low = middle;
    else high = middle;
  }
  return high;
}

export function encoder(call: Call): (text: string) => string {
  const type = query(call, "encoding-type");
  if (type !== undefined && type !== "url") throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
  return type === "url" ? (text) => uriEncode(text, true) : (text) => text;
}

function head(bucket: Bucket, wanted: Wanted, encode: (text: string) => string, call: Call): string {
  return (
    tag("Name", bucket.name) +
    tag("Prefix", encode(wanted.prefix)) +
    (wanted.delimiter === "" ? "" : tag("Delimiter", encode(wanted.delimiter))) +
    tag("MaxKeys", wanted.maxKeys) +
    tag("EncodingType", query(call, "encoding-type"))
  );
}

function entries(call: Call, page: Page, encode: (text: string) => string, withOwner: boolean): string {
  const withRestore = wantsRestoreStatus(call);
  const contents = page.objects.map((object) =>
    wrap(
      "Contents",
      tag("Key", encode(object.key)) +
        stateFacts(object) +
        (withOwner ? wrap("Owner", OWNER) : "") +
        (withRestore ? restoreStatus(object) : ""),
    ),
  );
  return contents.join("") + page.prefixes.map((prefix) => wrap("CommonPrefixes", tag("Prefix", encode(prefix)))).join("");
}

/** What a list says of an object besides its name. */
export function stateFacts(object: StoredObject): string {
  const { checksum } = object;
  return (
    tag("LastModified", isoDate(object.lastModified)) +
    tag("ETag", `"${object.etag}"`) +
    (checksum === undefined ? "" : tag("ChecksumAlgorithm", checksum.algorithm.toUpperCase()) + tag("ChecksumType", checksum.type)) +
    tag("Size", object.size) +
    tag("StorageClass", object.storageClass)
  );
}

export function wantsRestoreStatus(call: Call): boolean {
  const attributes = (header(call, "x-amz-optional-object-attributes") ?? "").split(",").map((name) => name.trim());
  return attributes.includes("RestoreStatus");
}

export function restoreStatus(object: StoredObject): string {
  const state = archiveState(object);
  if (state === "thawing") return wrap("RestoreStatus", tag("IsRestoreInProgress", true));
  if (state !== "thawed") return "";
  return wrap("RestoreStatus", tag("IsRestoreInProgress", false) + tag("RestoreExpiryDate", isoDate(object.restore!.expiry!)));
}

function encodeToken(name: string): string {
  return Buffer.from(`1:${name}`).toString("base64");
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, "base64").toString("utf8");
  if (!text.startsWith("1:")) throw invalidArgument("The continuation token provided is incorrect", "continuation-token");
  return text.slice(2);
}
