import type { Account } from "./account.ts";
import type { Verified } from "./auth/verify.ts";
import type { FaultRule } from "./faults.ts";
import { openBody } from "./http/body.ts";
import { errorBody, xmlReply } from "./http/reply.ts";
import type { Reply } from "./http/reply.ts";
import type { S3Request } from "./http/request.ts";
import { GIB } from "./ledger/bill.ts";
import type { Call } from "./ops/call.ts";
import { actionsOf } from "./policy/actions.ts";
import { checkAllowed, isDenied } from "./policy/authorize.ts";
import type { Act, Caller } from "./policy/authorize.ts";
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
  /** The access key that signs as the account's root. */
  readonly rootKeyId: string | undefined;
  /** Throws when the signature does not hold. */
  verify(): Verified;
}

/** Verifies, executes, bills and remembers one request, all in one step that nothing can come between. */
export function execute(work: Work): Reply {
  const { account, route } = work;
  const at = account.catchUp();
  const billing: Billing = { billedClass: "STANDARD", admitted: false };
  let reply: Reply;
  let failure: S3Error | undefined;
  try {
    reply = run(work, at, billing);
  } catch (error) {
    failure = asS3Error(error);
    reply = errorReply(work, failure);
  }
  account.ledger.operation(route.name);
  if (billing.admitted) charge(work, billing.billedClass, failure, at);
  account.ledger.count("egress", "", undefined, bodyBytes(work.request.method, reply) / GIB, at);
  account.commit();
  return reply;
}

interface Billing {
  billedClass: string;
  /** Somebody of the account asked: what is refused after that is charged too. */
  admitted: boolean;
}

function run(work: Work, at: number, billing: Billing): Reply {
  const { account, request, region, route } = work;
  const verified = work.verify();
  billing.admitted = true;
  const caller: Caller = { accessKeyId: verified.accessKeyId, isRoot: verified.accessKeyId === work.rootKeyId };
  const body = openBody(work.raw, request, verified);
  const call: Call = Object.assign(billing, {
    account,
    request,
    region,
    at,
    body,
    checkAllowed: (act: Act) => checkAllowed(act, request, caller),
    isDenied: (act: Act) => isDenied(act, request, caller),
  });
  checkPolicy(call, route.name);
  return failOnRequest(work, call) ?? route.run(call);
}

/** What the request's own bucket says about it. Whatever else it touches, such as the source of a copy, its operation asks about. */
function checkPolicy(call: Call, operation: string): void {
  const bucket = call.account.buckets.get(call.request.bucket ?? "");
  if (bucket?.facts.policy === undefined) return;
  const { key, query } = call.request;
  for (const action of actionsOf(operation, call.request)) call.checkAllowed({ action, bucket, key, versionId: query.get("versionId") });
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
  return { status: error.status, headers: { "content-type": "application/xml", ...error.headers }, body };
}

/** S3 charges for answers, refusals included, but neither for 5xx nor for requests of strangers. */
function charge(work: Work, billedClass: string, failure: S3Error | undefined, at: number): void {
  const { ledger } = work.account;
  const rate = work.route.rate;
  if (failure !== undefined && failure.status >= 500) return;
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
