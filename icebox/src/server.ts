import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Account } from "./account.ts";
import { answerAdmin } from "./admin.ts";
import type { Credentials } from "./auth/sigv4.ts";
import { verifyRequest } from "./auth/verify.ts";
import { execute } from "./execute.ts";
import type { Faults } from "./faults.ts";
import { receive } from "./http/body.ts";
import { errorBody } from "./http/reply.ts";
import type { Reply } from "./http/reply.ts";
import { readRequest } from "./http/request.ts";
import type { S3Request } from "./http/request.ts";
import { findRoute } from "./ops/route.ts";
import { S3Error } from "./s3-error.ts";
import { send } from "./send.ts";

export interface ServerParts {
  readonly account: Account;
  readonly faults: Faults;
  readonly credentials: readonly Credentials[];
  readonly region: string;
  /** Host names without a bucket in front of them; a deeper name is taken as bucket and domain. */
  readonly domains: readonly string[];
}

const ADMIN_BUCKET = "_icebox";

export function createIceboxServer(parts: ServerParts): Server {
  let requests = 0;
  const server = createServer((message, response) => {
    const requestId = (++requests).toString(16).toUpperCase().padStart(16, "0");
    answer(parts, message, response, requestId).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  return server;
}

async function answer(parts: ServerParts, message: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
  response.setHeader("server", "icebox");
  response.setHeader("x-amz-request-id", requestId);
  response.setHeader("x-amz-id-2", "icebox");
  const withBody = message.method !== "HEAD";
  try {
    const request = readRequest(message, parts.domains);
    if (request.bucket === ADMIN_BUCKET) {
      await send(response, answerAdmin(parts, request, await receive(message)), undefined, withBody);
    } else {
      await answerS3(parts, message, request, response, requestId);
    }
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    await send(response, refusal(error, message.url ?? "/", requestId), undefined, withBody);
  }
}

async function answerS3(
  parts: ServerParts,
  message: IncomingMessage,
  request: S3Request,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const route = findRoute(request);
  const fault = parts.faults.pick(request, route.name);
  if (fault?.kind === "drop" && fault.at === "request") {
    message.destroy();
    return;
  }
  // The body is taken in before anything is refused: a client that is still sending would see a broken connection instead of the reason.
  const raw = await receive(message);
  const { account, region, credentials } = parts;
  const verify = () => verifyRequest(request, { credentials, region, wallNow: Date.now() });
  const rootKeyId = credentials[0]?.accessKeyId;
  const reply = execute({ account, route, request, raw, region, requestId, fault, rootKeyId, verify });
  await send(response, reply, fault, request.method !== "HEAD");
}

function refusal(error: S3Error, resource: string, requestId: string): Reply {
  return { status: error.status, headers: { "content-type": "application/xml" }, body: errorBody(error, resource, requestId) };
}
