import { isoDate, xmlReply } from "../http/reply.ts";
import { document, tag, wrap } from "../http/xml.ts";
import { invalidArgument } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import { compareKeys } from "../state/key-order.ts";
import { isMarker } from "../state/object.ts";
import type { Version } from "../state/object.ts";
import { bucketOf, query } from "./call.ts";
import type { Call, Operation } from "./call.ts";
import { commonPrefix, encoder, firstBeyond, OWNER, readWanted, restoreStatus, stateFacts, wantsRestoreStatus } from "./list-objects.ts";

/** Where a page ends, and the next begins behind. */
interface Mark {
  readonly key: string;
  /** Undefined after a common prefix, and where all versions of the key were given. */
  readonly versionId: string | undefined;
}

interface Page {
  readonly versions: { readonly version: Version; readonly latest: boolean }[];
  readonly prefixes: string[];
  readonly next: Mark | undefined;
}

export const listObjectVersions: Operation = (call) => {
  const bucket = bucketOf(call);
  const [keyMarker, versionMarker] = [query(call, "key-marker") ?? "", query(call, "version-id-marker") ?? ""];
  if (keyMarker === "" && versionMarker !== "") {
    throw invalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", versionMarker);
  }
  const wanted = { ...readWanted(call), after: keyMarker };
  const page = listPage(bucket, wanted, versionMarker);
  const encode = encoder(call);
  return xmlReply(
    document(
      "ListVersionsResult",
      tag("Name", bucket.name) +
        tag("Prefix", encode(wanted.prefix)) +
        tag("KeyMarker", encode(keyMarker)) +
        tag("VersionIdMarker", versionMarker) +
        tag("NextKeyMarker", page.next === undefined ? undefined : encode(page.next.key)) +
        tag("NextVersionIdMarker", page.next?.versionId) +
        tag("MaxKeys", wanted.maxKeys) +
        (wanted.delimiter === "" ? "" : tag("Delimiter", encode(wanted.delimiter))) +
        tag("EncodingType", query(call, "encoding-type")) +
        tag("IsTruncated", page.next !== undefined) +
        entries(call, page, encode) +
        page.prefixes.map((prefix) => wrap("CommonPrefixes", tag("Prefix", encode(prefix)))).join(""),
    ),
  );
};

function listPage(bucket: Bucket, wanted: ReturnType<typeof readWanted> & { after: string }, versionMarker: string): Page {
  const { prefix, delimiter, after, maxKeys } = wanted;
  const page: Page = { versions: [], prefixes: [], next: undefined };
  let last: Mark = { key: after, versionId: undefined };
  const isFull = () => page.versions.length + page.prefixes.length >= maxKeys;
  const cut = (): Page => ({ ...page, next: maxKeys === 0 ? undefined : last });
  for (const key of keysFrom(bucket, prefix, delimiter, compareKeys(after, prefix) > 0 ? after : prefix)) {
    const common = commonPrefix(key, prefix, delimiter);
    if (common !== undefined) {
      if (compareKeys(common, after) <= 0 || after.startsWith(common)) continue;
      if (isFull()) return cut();
      page.prefixes.push(common);
      last = { key: common, versionId: undefined };
      continue;
    }
    const versions = bucket.versions(key);
    // Behind a marker without a version come other keys only; with one, the older versions of the same key first.
    const from = key === after ? (versionMarker === "" ? versions.length : behind(versions, versionMarker)) : 0;
    for (let at = from; at < versions.length; at++) {
      if (isFull()) return cut();
      page.versions.push({ version: versions[at]!, latest: at === 0 });
      last = { key, versionId: versions[at]!.versionId };
    }
  }
  return page;
}

function behind(versions: readonly Version[], versionId: string): number {
  const at = versions.findIndex((version) => version.versionId === versionId);
  return at < 0 ? versions.length : at + 1;
}

/** Every key that has versions, in order, both kinds merged; of those under one common prefix only the first. */
function* keysFrom(bucket: Bucket, prefix: string, delimiter: string, from: string): Iterable<string> {
  const maps = [bucket.objects, bucket.others] as const;
  const at = maps.map((map) => map.firstIndex(from)) as [number, number];
  for (;;) {
    const [a, b] = [maps[0].keyAt(at[0]), maps[1].keyAt(at[1])];
    const key = a === undefined ? b : b === undefined || compareKeys(a, b) <= 0 ? a : b;
    if (key === undefined || !key.startsWith(prefix)) return;
    yield key;
    const common = commonPrefix(key, prefix, delimiter);
    for (const side of [0, 1] as const) {
      const current = maps[side].keyAt(at[side]);
      if (common !== undefined && current?.startsWith(common) === true) at[side] = firstBeyond(maps[side], common, at[side]);
      else if (current === key) at[side]++;
    }
  }
}

function entries(call: Call, page: Page, encode: (text: string) => string): string {
  const withRestore = wantsRestoreStatus(call);
  return page.versions
    .map(({ version, latest }) => {
      const head = tag("Key", encode(version.key)) + tag("VersionId", version.versionId) + tag("IsLatest", latest);
      const owner = wrap("Owner", OWNER);
      if (isMarker(version)) return wrap("DeleteMarker", head + tag("LastModified", isoDate(version.lastModified)) + owner);
      return wrap("Version", head + stateFacts(version) + owner + (withRestore ? restoreStatus(version) : ""));
    })
    .join("");
}
