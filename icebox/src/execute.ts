import type { Account } from "./account.ts";
import type { Verified } from "./auth/verify.ts";
import type { FaultRule } from "./faults.ts";
import { openBody } from "./http/body.ts";
import { errorBody, xmlReply } from "./http/reply.ts";
import type { Reply } from "./http/reply.ts";
import type { S3Request } from "./http/request.ts";
import { GIB } from "./ledger/bill.ts";
import type { Call } from "./ops/call.ts";
import { wantsExpedited } from "./ops/restore-object.ts";
import type { Route } from "./ops/route.ts";
import { accessDenied, notImplemented, S3Error } from "./s3-error.ts";

export interface Work {
  readonly account: Account;
  readonly route: Route;
  readonly request: S3Request;
  readonly raw: Buffer;
  readonly region: string;
  readonly requestId: string;
  readonly fault: FaultRule | undefined;
  /** Throws when the signature does not hold. */
  verify(): Verified;
}

/** Verifies, executes, bills and remembers one request, all in one step that nothing can come between. */
export function execute(work: Work): Reply {
  const { account, route } = work;
  const at = account.catchUp();
  const billing = { billedClass: "STANDARD" };
  let reply: Reply;
  let failure: S3Error | undefined;
  try {
    reply = run(work, at, billing);
  } catch (error) {
    failure = asS3Error(error);
    reply = errorReply(work, failure);
  }
  account.ledger.operation(route.name);
  charge(work, billing.billedClass, failure, at);
  account.ledger.count("egress", "", undefined, bodyBytes(work.request.method, reply) / GIB, at);
  account.commit();
  return reply;
}

function run(work: Work, at: number, billing: { billedClass: string }): Reply {
  const { account, request, region, route } = work;
  const verified = work.verify();
  const body = openBody(work.raw, request, verified);
  const call: Call = Object.assign(billing, { account, request, region, at, body });
  return failOnRequest(work, call) ?? route.run(call);
}

function failOnRequest(work: Work, call: Call): Reply | undefined {
  switch (work.fault?.kind) {
    case "throttle":
      throw new S3Error(503, "SlowDown", "Please reduce your request rate.");
    case "error500":
      throw new S3Error(500, "InternalError", "We encountered an internal error. Please try again.");
    case "access-denied":
      throw accessDenied();
    case "not-implemented":
      throw notImplemented(work.route.name);
    case "expedited-unavailable":
      if (!wantsExpedited(call)) return undefined;
      throw new S3Error(
        503,
        "GlacierExpeditedRetrievalNotAvailable",
        "Glacier expedited retrievals are currently not available, please try again later",
      );
    case "copy-200-error": {
      call.billedClass = call.request.headers.get("x-amz-storage-class") ?? "STANDARD";
      const error = new S3Error(200, "InternalError", "We encountered an internal error. Please try again.");
      return xmlReply(errorBody(error, work.request.path, work.requestId));
    }
    case "drop":
    case "slow":
    case undefined:
      return undefined;
  }
}

function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new S3Error(500, "InternalError", `icebox failed: ${text}`);
}

function errorReply(work: Work, error: S3Error): Reply {
  const body = work.request.method === "HEAD" ? "" : errorBody(error, work.request.path, work.requestId);
  return { status: error.status, headers: { "content-type": "application/xml" }, body };
}

/** Refusals of somebody who was not let in. A 403 about an object's state is none of them. */
const AT_THE_DOOR = new Set([
  "AccessDenied",
  "AuthorizationHeaderMalformed",
  "AuthorizationQueryParametersError",
  "InvalidAccessKeyId",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/** S3 charges for answers, refusals included, but neither for 5xx nor for requests that were not let in. */
function charge(work: Work, billedClass: string, failure: S3Error | undefined, at: number): void {
  const { ledger } = work.account;
  const rate = work.route.rate;
  if (failure !== undefined && (failure.status >= 500 || AT_THE_DOOR.has(failure.code))) return;
  if (rate === "restore") {
    // A restore that was granted has been charged by its tier already.
    if (failure !== undefined) ledger.count("requests-put", "STANDARD", undefined, 1, at);
  } else if (rate === "list" || rate === "free") {
    ledger.count(`requests-${rate}`, "", undefined, 1, at);
  } else {
    ledger.count(`requests-${rate}`, billedClass, undefined, 1, at);
  }
}

function bodyBytes(method: string, reply: Reply): number {
  if (method === "HEAD" || reply.body === undefined) return 0;
  return typeof reply.body === "string" ? Buffer.byteLength(reply.body) : reply.body.length;
}
