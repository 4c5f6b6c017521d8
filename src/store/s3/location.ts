import { FirnError } from "../../base/error.ts";

export interface S3Location {
  readonly secure: boolean;
  /** Host, with the port when one was given. */
  readonly host: string;
  readonly bucket: string;
  /** Without slashes at its ends; empty at the bucket's root. */
  readonly prefix: string;
}

/** Reads `s3:host[:port]/bucket[/prefix]`, `s3://host/bucket`, `s3:http(s)://host/bucket/prefix` (restic-format §16). */
export function parseS3Location(text: string): S3Location {
  const rest = text.replace(/^s3:/, "");
  const match = /^(?:(https?):)?(?:\/\/)?([^/]+)(\/.*)?$/.exec(rest);
  if (match === null) throw invalid(text, "no host");
  const [, scheme, host, path] = match;
  if (host!.includes("@"))
    throw invalid("s3:…", "it holds a user name or a password", "put credentials into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  if (!/^[A-Za-z0-9.\-_]+(:\d+)?$|^\[[0-9a-fA-F:]+\](:\d+)?$/.test(host!)) throw invalid(text, `${JSON.stringify(host)} is no host`);
  const [bucket, ...folders] = (path ?? "").split("/").filter((part) => part !== "" && part !== ".");
  if (bucket === undefined) throw invalid(text, "no bucket");
  if (folders.includes("..")) throw invalid(text, "`..` in the path");
  return { secure: scheme !== "http", host: host!, bucket, prefix: folders.join("/") };
}

export function s3Url({ secure, host, bucket, prefix }: S3Location): string {
  return `s3:${secure ? "https" : "http"}://${host}/${bucket}${prefix === "" ? "" : `/${prefix}`}`;
}

function invalid(text: string, why: string, hint = "write s3:host/bucket/prefix or s3:https://host:port/bucket/prefix"): FirnError {
  return new FirnError({ code: "invalid-location", message: `${text}: ${why}`, hint });
}

/** An endpoint of AWS itself: the SDK then builds the host from region and bucket. */
export interface AwsHost {
  /** Undefined for the global endpoint. */
  readonly region: string | undefined;
  readonly dualstack: boolean;
}

/** Recognises `s3.amazonaws.com`, `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1.…`, `s3.dualstack.eu-west-1.…`, with or without `.cn`. */
export function awsHostOf(host: string): AwsHost | undefined {
  const match = /^s3(?:[.-](?!dualstack)([a-z0-9-]+)|\.dualstack\.([a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?$/.exec(host.toLowerCase());
  if (match === null || match[1]?.startsWith("accelerate") === true || match[1]?.startsWith("fips") === true) return undefined;
  return { region: match[1] ?? match[2], dualstack: match[2] !== undefined };
}
