import { messageOf } from "../../base/error.ts";
import { StoreError, type StoreErrorCode } from "../store-error.ts";

export interface Doing {
  /** What was being done, as a verb: "read", "store", "list". */
  readonly verb: string;
  /** The object or bucket, for messages. */
  readonly what: string;
  readonly key: string | undefined;
}

/** S3's error codes in the store's words. `RestoreAlreadyInProgress` is an answer, not an error; see restore.ts. */
const CODES: Readonly<Record<string, StoreErrorCode>> = {
  NoSuchKey: "not-found",
  NotFound: "not-found",
  NoSuchVersion: "not-found",
  NoSuchUpload: "not-found",
  NoSuchBucket: "no-such-bucket",
  PreconditionFailed: "changed",
  ConditionalRequestConflict: "server",
  OperationAborted: "server",
  InvalidObjectState: "archived",
  ObjectNotInActiveTierError: "archived",
  ObjectAlreadyInActiveTierError: "not-archived",
  GlacierExpeditedRetrievalNotAvailable: "expedited-unavailable",
  InvalidRange: "bad-range",
  AccessDenied: "access-denied",
  AllAccessDisabled: "access-denied",
  AccountProblem: "access-denied",
  Forbidden: "access-denied",
  InvalidAccessKeyId: "access-denied",
  SignatureDoesNotMatch: "access-denied",
  ExpiredToken: "access-denied",
  InvalidToken: "access-denied",
  CredentialsProviderError: "access-denied",
  TokenProviderError: "access-denied",
  RequestTimeTooSkewed: "clock-skew",
  RequestExpired: "clock-skew",
  SlowDown: "throttled",
  SlowDownRead: "throttled",
  SlowDownWrite: "throttled",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestLimitExceeded: "throttled",
  TooManyRequests: "throttled",
  RequestTimeout: "network",
  TimeoutError: "network",
  // The bytes were damaged or cut on their way; the object was not stored.
  BadDigest: "truncated",
  IncompleteBody: "truncated",
  XAmzContentSHA256Mismatch: "truncated",
  QuotaExceeded: "no-space",
  StorageFull: "no-space",
  XMinioStorageFull: "no-space",
  InvalidStorageClass: "unsupported",
  NotImplemented: "unsupported",
  MethodNotAllowed: "unsupported",
};

const HINTS_BY_NAME: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "the server does not know this access key: check AWS_ACCESS_KEY_ID, AWS_PROFILE and the endpoint",
  SignatureDoesNotMatch: "the secret key does not belong to the access key: check AWS_SECRET_ACCESS_KEY",
  ExpiredToken: "the session has ended: get new temporary credentials",
  CredentialsProviderError: "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
  AuthorizationHeaderMalformed: "the bucket is in another region: name it with -o s3.region=… or AWS_REGION",
  IllegalLocationConstraintException: "the bucket is in another region: name it with -o s3.region=… or AWS_REGION",
  PermanentRedirect: "the bucket is at another endpoint or in another region: name it with -o s3.region=… or AWS_REGION",
  InvalidBucketName: "a bucket's name has 3 to 63 lower-case letters, digits and hyphens",
};

const HINTS: Partial<Record<StoreErrorCode, string>> = {
  "access-denied": "the credentials are not allowed to do this: check the key's policy and the bucket's",
  "no-such-bucket": "check the bucket's name and the endpoint; `firn init` makes a new bucket",
  "clock-skew": "this machine's clock is more than 15 minutes off: set it (NTP), then run again",
  throttled: "the server asks to slow down; run again later, or use fewer connections with -o s3.connections=2",
  server: "the server failed; run again later",
  truncated: "bytes were lost or damaged on their way; run again",
  network: "check the network and the endpoint's address",
  archived: "it must be thawed first: `firn restore --thaw bulk` asks for that and names the price",
  "expedited-unavailable": "the provider has no capacity for expedited retrievals now: use --thaw standard",
  "no-space": "the server's storage is full or your quota used up",
  unsupported: "this server does not offer it",
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS/;

/** Turns whatever the SDK threw into a StoreError. Headers and requests stay behind: they hold signatures. */
export function s3Error(error: unknown, doing: Doing): StoreError {
  if (error instanceof StoreError) return error;
  const name = nameOf(error);
  const status = statusOf(error);
  const code = codeOf(name, status, error);
  const reason = [name, messageOf(error)].filter((part) => part !== "" && part !== "UnknownError" && part !== "Error");
  const said = [...new Set(reason)].join(": ").replaceAll(/\s+/g, " ").trim();
  return new StoreError({
    code,
    key: doing.key,
    message:
      code === "not-found"
        ? `${doing.what} does not exist`
        : `cannot ${doing.verb} ${doing.what}: ${said}${status === undefined ? "" : ` (${status})`}`,
    hint: hintOf(code, name, error),
  });
}

/** S3's own word for what happened, or the socket's. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("Code" in error && typeof error.Code === "string") return error.Code;
  return error.name;
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

function codeOf(name: string, status: number | undefined, error: unknown): StoreErrorCode {
  const known = CODES[name];
  if (known !== undefined) return known;
  if (status === undefined || status < 300) return status === undefined && !isOurFault(error) ? "network" : "invalid";
  if (status === 429) return "throttled";
  if (status === 507) return "no-space";
  if (status === 501 || status === 405) return "unsupported";
  if (status === 403 || status === 401) return "access-denied";
  if (status === 404) return "not-found";
  if (status === 412) return "changed";
  if (status === 416) return "bad-range";
  if (status === 503) return "throttled";
  if (status === 408 || status >= 500) return "server";
  return "invalid";
}

/** No answer at all: a connection that broke is worth another try, a certificate or a wrong call is not. */
function isOurFault(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === undefined ? error instanceof TypeError || error instanceof RangeError : CERTIFICATE.test(errno) || errno === "EPROTO";
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function hintOf(code: StoreErrorCode, name: string, error: unknown): string | undefined {
  const errno = errnoOf(error) ?? "";
  if (CERTIFICATE.test(errno)) return "the server's certificate is not trusted: give its authority with --cacert";
  if (errno === "EPROTO") return "the server does not speak TLS there: write s3:http://… if that is meant";
  return HINTS_BY_NAME[name] ?? HINTS[code];
}
