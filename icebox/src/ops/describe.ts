import { invalidArgument, S3Error } from "../s3-error.ts";
import type { Description, StoredChecksum, StoredObject } from "../state/object.ts";
import type { Call } from "./call.ts";
import { header } from "./call.ts";

const KEPT_HEADERS = [
  "content-type",
  "content-encoding",
  "content-disposition",
  "content-language",
  "cache-control",
  "expires",
  "x-amz-website-redirect-location",
];

const MAX_METADATA_BYTES = 2048;
const MAX_TAGS = 10;

/** The description a request carries: standard headers and x-amz-meta-*. */
export function readDescription(call: Call): Description {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = header(call, name);
    if (value !== undefined) headers[name] = name === "content-encoding" ? withoutChunking(value) : value;
  }
  if (headers["content-encoding"] === "") delete headers["content-encoding"];
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of call.request.headers) {
    if (!name.startsWith("x-amz-meta-")) continue;
    metadata[name.slice("x-amz-meta-".length)] = value;
    size += name.length - "x-amz-meta-".length + value.length;
  }
  if (size > MAX_METADATA_BYTES)
    throw new S3Error(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size");
  return { headers, metadata };
}

/** aws-chunked describes the transfer, not the object. */
function withoutChunking(value: string): string {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "aws-chunked")
    .join(",");
}

export function descriptionHeaders(description: Description): Record<string, string> {
  const out: Record<string, string> = { "content-type": "binary/octet-stream", ...description.headers };
  for (const [name, value] of Object.entries(description.metadata)) out[`x-amz-meta-${name}`] = value;
  return out;
}

export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, "x-amz-checksum-type": checksum.type };
}

export function readTagHeader(call: Call): StoredObject["tags"] {
  const value = header(call, "x-amz-tagging");
  return value === undefined ? [] : checkTags([...new URLSearchParams(value)]);
}

export function checkTags(tags: readonly (readonly [string, string])[]): StoredObject["tags"] {
  if (tags.length > MAX_TAGS) throw new S3Error(400, "BadRequest", "Object tags cannot be greater than 10");
  if (new Set(tags.map(([name]) => name)).size !== tags.length) {
    throw new S3Error(400, "InvalidTag", "Cannot provide multiple Tags with the same key");
  }
  for (const [name, value] of tags) {
    if (name === "" || name.length > 128) throw new S3Error(400, "InvalidTag", "The TagKey you have provided is invalid");
    if (value.length > 256) throw new S3Error(400, "InvalidTag", "The TagValue you have provided is invalid");
  }
  return tags;
}

export function wholeParameter(text: string | undefined, name: string, fallback: number, most: number): number {
  if (text === undefined || text === "") return fallback;
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  return Math.min(Number(text), most);
}
