import { readFile } from "node:fs/promises";
import type { AgentOptions } from "node:https";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { FirnError, messageOf } from "../../base/error.ts";
import { S3_CONNECT_TIMEOUT_MS, S3_IDLE_TIMEOUT_MS, S3_SOCKETS_MAX } from "../../base/limits.ts";
import { PROGRAM_NAME } from "../../base/version.ts";
import type { World } from "../../base/world.ts";
import type { AwsSettings } from "./credentials.ts";
import { Exchange } from "./line/exchange.ts";
import { Line } from "./line/line.ts";
import { awsHostOf, type S3Location } from "./location.ts";
import type { S3Options, HttpOptions } from "./options.ts";
import type { Aws } from "./session.ts";

export interface ClientFacts {
  readonly location: S3Location;
  readonly options: S3Options;
  readonly http: HttpOptions;
  readonly settings: AwsSettings;
  readonly region: string;
  readonly env: World["env"];
  readonly now: () => number;
}

export async function makeLine(facts: ClientFacts, aws: () => Promise<Aws>): Promise<Line> {
  const { location, options, settings, http } = facts;
  const { credentials } = settings;
  return new Line(
    {
      location,
      lookup: options.lookup,
      region: facts.region,
      findsRegion: findsRegion(facts),
      machineTime: http.machineTime ?? facts.now,
      // Whatever else may hold credentials, the SDK finds it, and renews them in time.
      keys: options.anonymous
        ? undefined
        : credentials === "chain"
          ? async () => (await aws()).client.config.credentials()
          : async () => credentials,
      userAgent: [PROGRAM_NAME.replace(" ", "/"), http.userAgent].filter((part) => part !== undefined).join(" "),
    },
    new Exchange(await agentOf(facts), { connectMs: S3_CONNECT_TIMEOUT_MS, idleMs: http.idleTimeoutMs ?? S3_IDLE_TIMEOUT_MS }),
  );
}

/** On AWS, a bucket is followed to its region when none was named. */
function findsRegion({ location, options, settings }: ClientFacts): boolean {
  const aws = location.secure ? awsHostOf(location.host) : undefined;
  return aws !== undefined && (options.region ?? aws.region ?? settings.region) === undefined;
}

export async function makeClient(sdk: Aws["sdk"], facts: ClientFacts): Promise<S3Client> {
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

/** On AWS the SDK knows the hosts; elsewhere the host is as given. */
function endpointOf(facts: ClientFacts): Partial<S3ClientConfig> {
  const { location, options } = facts;
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
    followRegionRedirects: findsRegion(facts),
  };
}

function profileOf({ profile }: AwsSettings): Partial<S3ClientConfig> {
  return profile === undefined ? {} : { profile };
}

/** Requests go out unsigned, for public buckets. */
function anonymous(): Partial<S3ClientConfig> {
  return { credentials: { accessKeyId: "", secretAccessKey: "" }, signer: { sign: async (request) => request } };
}

async function handlerOf(facts: ClientFacts): Promise<NonNullable<S3ClientConfig["requestHandler"]>> {
  const agent = await agentOf(facts);
  return {
    connectionTimeout: S3_CONNECT_TIMEOUT_MS,
    socketTimeout: facts.http.idleTimeoutMs ?? S3_IDLE_TIMEOUT_MS,
    httpAgent: agent,
    httpsAgent: agent,
  };
}

async function agentOf({ http, env }: ClientFacts): Promise<AgentOptions> {
  const clientCert = await pem(http.tlsClientCert, "--tls-client-cert");
  return {
    keepAlive: true,
    maxSockets: S3_SOCKETS_MAX,
    proxyEnv: env,
    ca: await pem(http.caCert, "--cacert"),
    cert: clientCert,
    key: clientCert,
    rejectUnauthorized: http.insecureTls !== true,
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
