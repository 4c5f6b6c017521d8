import { S3Error } from "../s3-error.ts";

/** Classes an ordinary bucket takes. EXPRESS_ONEZONE and OUTPOSTS live in buckets of their own kind. */
const KNOWN = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** True when an object of this class must be thawed before it can be read or copied. */
export function isArchiveClass(name: string): boolean {
  return ARCHIVED.has(name);
}

export function checkClass(name: string, extra: ReadonlySet<string>): string {
  if (KNOWN.has(name) || extra.has(name)) return name;
  throw new S3Error(400, "InvalidStorageClass", "The storage class you specified is not valid", { StorageClassRequested: name });
}
