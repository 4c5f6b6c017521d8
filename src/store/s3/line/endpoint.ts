import { awsHostOf, type S3Location } from "../location.ts";
import type { S3Options } from "../options.ts";
import { encoded } from "./sign.ts";

export interface Endpoint {
  readonly secure: boolean;
  /** As the Host header says it: with the port when one was given. */
  readonly host: string;
  /** What comes before an object's name: `/`, or `/bucket/`. */
  readonly base: string;
}

/** Where requests about the bucket's objects go: AWS's own hosts by region, others as they are given. */
export function endpointOf(location: S3Location, lookup: S3Options["lookup"], region: string): Endpoint {
  const { secure, bucket } = location;
  const aws = secure ? awsHostOf(location.host) : undefined;
  const host =
    aws === undefined
      ? location.host
      : `s3.${aws.dualstack ? "dualstack." : ""}${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  // A dot in a bucket's name would not match the certificate's wildcard.
  const inHost = lookup === "dns" || (lookup === "auto" && aws !== undefined && !bucket.includes("."));
  return inHost ? { secure, host: `${bucket}.${host}`, base: "/" } : { secure, host, base: `/${encoded(bucket)}/` };
}

/** The path of an object, its name's slashes kept. */
export function objectPath(endpoint: Endpoint, name: string): string {
  return endpoint.base + name.split("/").map(encoded).join("/");
}
