import type { Agent as HttpAgent, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Agent as HttpsAgent, AgentOptions } from "node:https";
import { createRequire } from "node:module";
import { type Bytes, concatBytes } from "../../../base/bytes.ts";
import type { Endpoint } from "./endpoint.ts";

// An import of node:http evaluates all that it exports, fetch's whole machinery among it: 40 ms at every start.
const load = createRequire(import.meta.url);
const http = load("node:http") as typeof import("node:http");
const https = load("node:https") as typeof import("node:https");

export interface Question {
  readonly method: string;
  /** With the query string. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Takes the body in; a body that ends early is an error. Either this or `discard` is called. */
  body(): Promise<Bytes>;
  /** Gives the connection up. */
  discard(): void;
}

export interface Timeouts {
  readonly connectMs: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
}

/** HTTP to one server over connections that are kept. */
export class Exchange {
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly #timeouts: Timeouts;

  constructor(agent: AgentOptions, timeouts: Timeouts) {
    this.#agents = { http: new http.Agent(agent), https: new https.Agent(agent) };
    this.#timeouts = timeouts;
  }

  send(endpoint: Endpoint, question: Question): Promise<Answer> {
    const { connectMs, idleMs } = this.#timeouts;
    const { hostname, port } = new URL(`http${endpoint.secure ? "s" : ""}://${endpoint.host}`);
    return new Promise((resolve, reject) => {
      const options = {
        method: question.method,
        hostname: hostname.replaceAll(/[[\]]/g, ""),
        port: port === "" ? (endpoint.secure ? 443 : 80) : Number(port),
        path: question.path,
        headers: { ...question.headers, ...(question.body === undefined ? {} : { "content-length": String(question.body.length) }) },
        ...(question.signal === undefined ? {} : { signal: question.signal }),
      };
      const sent = endpoint.secure
        ? https.request({ ...options, agent: this.#agents.https })
        : http.request({ ...options, agent: this.#agents.http });
      sent.once("response", (message) => resolve(answerOf(message)));
      sent.on("error", reject);
      sent.setTimeout(idleMs, () => sent.destroy(timeout(`no byte came or went for ${idleMs / 1000} s`)));
      sent.once("socket", (socket) => {
        if (!socket.connecting) return;
        const timer = setTimeout(() => sent.destroy(timeout(`no connection within ${connectMs / 1000} s`)), connectMs);
        const stop = (): void => clearTimeout(timer);
        socket.once(endpoint.secure ? "secureConnect" : "connect", stop);
        sent.once("close", stop);
      });
      // Head and body leave in one write, and the body's memory goes to the system as it is.
      sent.end(question.body);
    });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

function timeout(text: string): Error {
  return Object.assign(new Error(text), { name: "TimeoutError" });
}

function answerOf(message: IncomingMessage): Answer {
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body: () => receive(message),
    discard: () => message.destroy(),
  };
}

/** One buffer of the right size, of its own memory: packs are large, and callers hand them to worker threads. */
function receive(message: IncomingMessage): Promise<Bytes> {
  const said = message.headers["content-length"];
  const whole = said === undefined ? undefined : Buffer.allocUnsafeSlow(Number(said));
  const pieces: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    message.on("data", (piece: Buffer) => {
      if (whole === undefined) pieces.push(piece);
      else whole.set(piece, length);
      length += piece.length;
    });
    message.once("end", () => resolve(whole ?? concatBytes(pieces)));
    message.once("error", reject);
    // After `end` this changes nothing.
    message.once("close", () => reject(new Error("the connection ended in the middle of the answer")));
  });
}
