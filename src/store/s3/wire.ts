import { hash } from "node:crypto";
import type { BucketLocationConstraint, StorageClass as SdkClass } from "@aws-sdk/client-s3";
import type { Bytes } from "../../base/bytes.ts";
import type { StorageClass } from "../object-store.ts";

export function contentMd5(body: Bytes): string {
  return hash("md5", body, "base64");
}

/** The SDK lists the classes it has heard of; servers know others, and the wire carries any. */
export function sdkClass(storageClass: StorageClass): SdkClass {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the wire takes any name
  return storageClass as SdkClass;
}

/** New regions appear faster than SDKs; the wire carries any name. */
export function sdkRegion(region: string): BucketLocationConstraint {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the wire takes any name
  return region as BucketLocationConstraint;
}
