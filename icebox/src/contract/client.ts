import { signRequest } from "../auth/sign.ts";
import type { Credentials } from "../auth/sigv4.ts";
import { uriEncode } from "../http/percent.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** `<Code>` of an error. */
  readonly code: string | undefined;
}

export interface Ask {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly credentials?: Credentials;
  readonly now?: number;
  readonly payloadHash?: string;
}

export interface Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/** The smallest client there can be: fetch and our own signer, so that no library's kindness hides what a server does. */
export class PlainClient {
  readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  /** `path` is `bucket` or `bucket/key`, not encoded. */
  async send(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const url = this.url(path, ask.query);
    const { headers } = signRequest(
      { method, url, headers: ask.headers ?? {}, body: ask.body, payloadHash: ask.payloadHash },
      { credentials: ask.credentials ?? this.server.credentials, region: this.server.region, now: ask.now ?? Date.now() },
    );
    return this.raw(method, url, headers, ask.body);
  }

  url(path: string, query: Readonly<Record<string, string>> = {}): string {
    const text = Object.entries(query)
      .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
      .join("&");
    return `${this.server.endpoint}/${uriEncode(path, true)}${text === "" ? "" : `?${text}`}`;
  }

  async raw(method: string, url: string, headers: Readonly<Record<string, string>>, body?: string | Uint8Array): Promise<Answer> {
    const { host: _, ...rest } = headers;
    const init: RequestInit = { method, headers: rest };
    if (body !== undefined) init.body = typeof body === "string" ? body : Buffer.from(body);
    const response = await fetch(url, init);
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString("utf8");
    return { status: response.status, headers: response.headers, bytes, text, code: first(text, "Code") };
  }
}

/** The text of the first element of this name. */
export function first(xml: string, name: string): string | undefined {
  return all(xml, name)[0];
}

export function all(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([\\s\\S]*?)</${name}>`, "g"))].map((match) => match[1]!);
}
