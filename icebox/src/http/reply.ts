import type { S3Error } from "../s3-error.ts";
import { tag } from "./xml.ts";

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export function xmlReply(body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { "content-type": "application/xml", ...headers }, body };
}

export function errorBody(error: S3Error, resource: string, requestId: string): string {
  const details = Object.entries(error.details)
    .map(([name, value]) => tag(name, value))
    .join("");
  const inner = tag("Code", error.code) + tag("Message", error.message) + details + tag("Resource", resource);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}${tag("RequestId", requestId)}${tag("HostId", "icebox")}</Error>`;
}

export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

export function isoDate(ms: number): string {
  return new Date(ms).toISOString();
}
