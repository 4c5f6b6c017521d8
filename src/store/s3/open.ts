import type { World } from "../../base/world.ts";
import type { ObjectStore } from "../object-store.ts";
import { bucketFacts, createBucket } from "./bucket.ts";
import { changeClass } from "./change-class.ts";
import { type ClientFacts, makeClient, makeLine } from "./client.ts";
import { awsSettings } from "./credentials.ts";
import { listObjects } from "./list.ts";
import { awsHostOf, parseS3Location, s3Url } from "./location.ts";
import { s3OptionsOf, type HttpOptions } from "./options.ts";
import { getObject, headObject } from "./read.ts";
import { restoreObject } from "./restore.ts";
import { type Aws, type Session, type Sizes, SIZES } from "./session.ts";
import { deleteObject, putObject } from "./write.ts";

export interface OpenS3 extends HttpOptions {
  readonly backendOptions?: Readonly<Record<string, string>> | undefined;
  /** For tests that cannot afford large objects. */
  readonly sizes?: Sizes | undefined;
}

/** A repository in a bucket. No request is sent before the first call. */
export async function openS3(text: string, open: OpenS3, world: Pick<World, "clock" | "env">): Promise<ObjectStore> {
  const location = parseS3Location(text);
  const options = s3OptionsOf(open.backendOptions ?? {});
  const settings = await awsSettings(world.env, options.profile);
  const region = options.region ?? awsHostOf(location.host)?.region ?? settings.region ?? "us-east-1";
  const facts: ClientFacts = { location, options, http: open, settings, region, env: world.env, now: () => world.clock.now() };
  let loaded: Promise<Aws> | undefined;
  const aws = (): Promise<Aws> => (loaded ??= loadAws(facts));
  const line = await makeLine(facts, aws);
  const session: Session = {
    line,
    aws,
    clock: world.clock,
    location: s3Url(location),
    bucket: location.bucket,
    prefix: location.prefix,
    region,
    storageClass: options.storageClass,
    sizes: open.sizes ?? SIZES,
    listsAtOnce: options.connections,
    restoreInList: true,
    // AWS answers what is asked; of others only what has been seen is known.
    restoreSeenInList: awsHostOf(location.host) !== undefined,
    wantsMd5: false,
  };
  return {
    location: session.location,
    capabilities: {
      storageClasses: true,
      atomicReplace: true,
      get listsRestoreState() {
        return session.restoreSeenInList;
      },
    },
    connections: options.connections,
    put: (key, body, put = {}) => putObject(session, key, body, put),
    get: (key, get = {}) => getObject(session, key, get),
    head: (key, call = {}) => headObject(session, key, call),
    list: (prefix, call = {}) => listObjects(session, prefix, call),
    delete: (key, call = {}) => deleteObject(session, key, call),
    changeClass: (key, to, change) => changeClass(session, key, to, change),
    restore: (key, request, call = {}) => restoreObject(session, key, request, call),
    bucketFacts: (call = {}) => bucketFacts(session, call),
    create: (call = {}) => createBucket(session, call),
    close: async () => {
      line.close();
      (await loaded?.catch(() => undefined))?.client.destroy();
    },
  };
}

async function loadAws(facts: ClientFacts): Promise<Aws> {
  const sdk = await import("@aws-sdk/client-s3");
  return { sdk, client: await makeClient(sdk, facts) };
}
