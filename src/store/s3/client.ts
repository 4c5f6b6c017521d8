import { readFile } from "node:fs/promises";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { FirnError, messageOf } from "../../base/error.ts";
import { S3_CONNECT_TIMEOUT_MS, S3_IDLE_TIMEOUT_MS, S3_SOCKETS_MAX } from "../../base/limits.ts";
import type { World } from "../../base/world.ts";
import type { AwsSettings } from "./credentials.ts";
import { awsHostOf, type S3Location } from "./location.ts";
import type { S3Options, HttpOptions } from "./options.ts";
import type { Sdk } from "./session.ts";

export interface ClientFacts {
  readonly location: S3Location;
  readonly options: S3Options;
  readonly http: HttpOptions;
  readonly settings: AwsSettings;
  readonly region: string;
  readonly env: World["env"];
}

export async function makeClient(sdk: Sdk, facts: ClientFacts): Promise<S3Client> {
  const { options, settings } = facts;
  return new sdk.S3Client({
    region: facts.region,
    ...endpointOf(facts),
    ...(options.anonymous ? anonymous() : settings.credentials === "chain" ? profileOf(settings) : { credentials: settings.credentials }),
    ...(facts.http.userAgent === undefined ? {} : { customUserAgent: facts.http.userAgent }),
    // Our own wrapper retries; two layers would multiply.
    maxAttempts: 1,
    // Servers that are not AWS often refuse the newer checksums; Content-MD5 is sent instead.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Some servers never answer 100-continue, and the SDK then waits before it sends.
    expectContinueHeader: false,
    requestHandler: await handlerOf(facts),
  });
}

/** On AWS the SDK knows the hosts, and follows a bucket to its region when none was named; elsewhere the host is as given. */
function endpointOf({ location, options, settings }: ClientFacts): Partial<S3ClientConfig> {
  const aws = location.secure ? awsHostOf(location.host) : undefined;
  if (aws === undefined) {
    return {
      endpoint: `${location.secure ? "https" : "http"}://${location.host}`,
      forcePathStyle: options.lookup !== "dns",
    };
  }
  return {
    forcePathStyle: options.lookup === "path",
    useDualstackEndpoint: aws.dualstack,
    followRegionRedirects: (options.region ?? aws.region ?? settings.region) === undefined,
  };
}

function profileOf({ profile }: AwsSettings): Partial<S3ClientConfig> {
  return profile === undefined ? {} : { profile };
}

/** Requests go out unsigned, for public buckets. */
function anonymous(): Partial<S3ClientConfig> {
  return { credentials: { accessKeyId: "", secretAccessKey: "" }, signer: { sign: async (request) => request } };
}

async function handlerOf({ http, env }: ClientFacts): Promise<NonNullable<S3ClientConfig["requestHandler"]>> {
  const agent = { keepAlive: true, maxSockets: S3_SOCKETS_MAX, proxyEnv: env };
  const clientCert = await pem(http.tlsClientCert, "--tls-client-cert");
  return {
    connectionTimeout: S3_CONNECT_TIMEOUT_MS,
    socketTimeout: http.idleTimeoutMs ?? S3_IDLE_TIMEOUT_MS,
    httpAgent: agent,
    httpsAgent: {
      ...agent,
      ca: await pem(http.caCert, "--cacert"),
      cert: clientCert,
      key: clientCert,
      rejectUnauthorized: http.insecureTls !== true,
    },
  };
}

async function pem(file: string | undefined, flag: string): Promise<Buffer | undefined> {
  if (file === undefined || file === "") return undefined;
  try {
    return await readFile(file);
  } catch (cause) {
    throw new FirnError({ code: "usage", message: `${flag}: cannot read ${file}: ${messageOf(cause)}`, cause });
  }
}
