import type { Account } from "../account.ts";
import type { Body } from "../http/body.ts";
import type { Reply } from "../http/reply.ts";
import type { S3Request } from "../http/request.ts";
import { noSuchKey } from "../s3-error.ts";
import type { Bucket } from "../state/bucket.ts";
import type { StoredObject } from "../state/object.ts";

/** What a request counts as on the bill; `restore` is counted by the operation itself. */
export type Rate = "put" | "get" | "list" | "free" | "restore";

/** One request being executed. Operations are synchronous: nothing else happens while one runs. */
export interface Call {
  readonly account: Account;
  readonly request: S3Request;
  readonly body: Body;
  readonly region: string;
  /** The stored world's time. */
  readonly at: number;
  /** The class whose request price applies; STANDARD unless the operation says otherwise. */
  billedClass: string;
}

export type Operation = (call: Call) => Reply;

export function header(call: Call, name: string): string | undefined {
  return call.request.headers.get(name);
}

export function query(call: Call, name: string): string | undefined {
  return call.request.query.get(name);
}

export function bucketOf(call: Call): Bucket {
  return call.account.bucket(call.request.bucket ?? "");
}

export function keyOf(call: Call): string {
  return call.request.key ?? "";
}

export function objectOf(call: Call): StoredObject {
  const object = bucketOf(call).objects.get(keyOf(call));
  if (object === undefined) throw noSuchKey(keyOf(call));
  call.billedClass = object.storageClass;
  return object;
}

export function bodyText(call: Call): string {
  return call.body.bytes.toString("utf8");
}
