import { noSuchKey, preconditionFailed } from "../s3-error.ts";
import type { StoredObject } from "../state/object.ts";
import { header } from "./call.ts";
import type { Call } from "./call.ts";

function names(list: string, etag: string): boolean {
  return list.split(",").some((entry) => {
    const text = entry.trim().replace(/^W\//, "");
    return text === "*" || text.replaceAll('"', "") === etag;
  });
}

/** For GET and HEAD, in RFC 9110's order. True when the answer is 304. */
export function isNotModified(call: Call, object: StoredObject): boolean {
  const ifMatch = header(call, "if-match");
  if (ifMatch !== undefined) {
    if (!names(ifMatch, object.etag)) throw preconditionFailed("If-Match");
  } else if (object.lastModified > dateOf(call, "if-unmodified-since", Infinity)) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  const ifNoneMatch = header(call, "if-none-match");
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, object.etag);
  return object.lastModified <= dateOf(call, "if-modified-since", -Infinity);
}

/** For writes: `If-None-Match: *` means create only, `If-Match` means replace exactly that. */
export function checkWrite(call: Call, existing: StoredObject | undefined, key: string): void {
  const ifNoneMatch = header(call, "if-none-match");
  if (ifNoneMatch !== undefined && existing !== undefined && names(ifNoneMatch, existing.etag)) throw preconditionFailed("If-None-Match");
  const ifMatch = header(call, "if-match");
  if (ifMatch === undefined) return;
  if (existing === undefined) throw noSuchKey(key);
  if (!names(ifMatch, existing.etag)) throw preconditionFailed("If-Match");
}

export function etagMatches(condition: string, object: StoredObject | undefined): boolean {
  return object !== undefined && names(condition, object.etag);
}

export function checkCopySource(call: Call, source: StoredObject): void {
  const ifMatch = header(call, "x-amz-copy-source-if-match");
  if (ifMatch !== undefined) {
    if (!names(ifMatch, source.etag)) throw preconditionFailed("x-amz-copy-source-If-Match");
  } else if (source.lastModified > dateOf(call, "x-amz-copy-source-if-unmodified-since", Infinity)) {
    throw preconditionFailed("x-amz-copy-source-If-Unmodified-Since");
  }
  const ifNoneMatch = header(call, "x-amz-copy-source-if-none-match");
  if (ifNoneMatch !== undefined) {
    if (names(ifNoneMatch, source.etag)) throw preconditionFailed("x-amz-copy-source-If-None-Match");
  } else if (source.lastModified <= dateOf(call, "x-amz-copy-source-if-modified-since", -Infinity)) {
    throw preconditionFailed("x-amz-copy-source-If-Modified-Since");
  }
}

function dateOf(call: Call, name: string, fallback: number): number {
  const ms = Date.parse(header(call, name) ?? "");
  return Number.isNaN(ms) ? fallback : ms;
}
