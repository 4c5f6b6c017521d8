import { hash } from "node:crypto";
import { type Bytes, textLossy } from "../../../base/bytes.ts";
import type { S3Location } from "../location.ts";
import type { S3Options } from "../options.ts";
import { endpointOf, objectPath } from "./endpoint.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { queryString, signed, type SigningKeys } from "./sign.ts";
import { type WireError, wireError } from "./wire-error.ts";

/** A request about an object of the bucket, or about the bucket when it has no name. */
export interface LineRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  readonly name?: string;
  readonly query?: readonly (readonly [string, string])[];
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  /** Of the body, hex, where it is known; computed otherwise. */
  readonly bodySha256?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface LineFacts {
  readonly location: S3Location;
  readonly lookup: S3Options["lookup"];
  readonly region: string;
  /** Nobody named a region: AWS says which one a bucket is in, and the line goes on there. */
  readonly findsRegion: boolean;
  /** Undefined sends requests unsigned. */
  readonly keys: (() => Promise<SigningKeys>) | undefined;
  /** ms since the epoch, for signatures. */
  readonly machineTime: () => number;
  readonly userAgent: string;
}

const NO_BODY_SHA256 = hash("sha256", "");

/**
 * The way to the server for the calls every run makes. The SDK does the rare ones: loading it takes 0.2 s and 35 MB, and it reads a body twice
 * to send it (SHA-256 and MD5: 1.1 s of CPU for 400 MB), although a pack's name is its SHA-256 already.
 */
export class Line {
  readonly #facts: LineFacts;
  readonly #exchange: Exchange;
  #region: string;

  constructor(facts: LineFacts, exchange: Exchange) {
    this.#facts = facts;
    this.#exchange = exchange;
    this.#region = facts.region;
  }

  /** Whether nothing vouches for a body's bytes. */
  get unsigned(): boolean {
    return this.#facts.keys === undefined;
  }

  /** An answer of the 200s; anything else throws a WireError. */
  async send(request: LineRequest): Promise<Answer> {
    const region = this.#region;
    const answer = await this.#once(request);
    if (isGood(answer)) return answer;
    const body = await answer.body();
    const elsewhere = answer.headers["x-amz-bucket-region"];
    if (!this.#facts.findsRegion || typeof elsewhere !== "string" || elsewhere === region) throw refusal(answer, body);
    this.#region = elsewhere;
    const again = await this.#once(request);
    if (isGood(again)) return again;
    throw refusal(again, await again.body());
  }

  /** The same, its body thrown away. */
  async ask(request: LineRequest): Promise<Answer> {
    const answer = await this.send(request);
    await answer.body();
    return answer;
  }

  async text(request: LineRequest): Promise<string> {
    return textLossy(await (await this.send(request)).body());
  }

  async #once(request: LineRequest): Promise<Answer> {
    const { location, lookup, keys, machineTime, userAgent } = this.#facts;
    const endpoint = endpointOf(location, lookup, this.#region);
    const path = objectPath(endpoint, request.name ?? "");
    const query = request.query ?? [];
    const headers = { ...request.headers, host: endpoint.host, "user-agent": userAgent };
    const { method, body, signal } = request;
    const payloadSha256 = body === undefined ? NO_BODY_SHA256 : (request.bodySha256 ?? hash("sha256", body));
    const sent =
      keys === undefined
        ? headers
        : signed({ method, path, query, headers, payloadSha256 }, await keys(), this.#region, new Date(machineTime()));
    return this.#exchange.send(endpoint, {
      method,
      path: query.length === 0 ? path : `${path}?${queryString(query)}`,
      headers: sent,
      body,
      signal,
    });
  }

  close(): void {
    this.#exchange.close();
  }
}

function isGood({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

function refusal({ status, headers }: Answer, body: Bytes): WireError {
  return wireError(
    status,
    headers["content-type"]?.startsWith("text/html") === true ? "the answer is a web page" : "the answer gives no reason",
    body,
  );
}
