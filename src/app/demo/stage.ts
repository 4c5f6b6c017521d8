import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Icebox, loadPrices, startIcebox } from "icebox";
import { utf8 } from "../../base/bytes.ts";
import { PACK_SIZE_MAX_MIB } from "../../base/limits.ts";
import type { World } from "../../base/world.ts";
import { openCache } from "../../repo/cache.ts";
import { createRepository } from "../../repo/create.ts";
import type { OpenedRepository } from "../../repo/opened-repository.ts";
import type { Access } from "../access.ts";
import { type Caller, openStoreFromAccess } from "../open-repository.ts";
import type { ProviderProfile } from "../../store/profile/provider-profile.ts";
import { profileFor } from "../../store/profile/profile-for.ts";
import { seededBytes } from "./dice.ts";
import { movingClock, type MovingClock } from "./moving-clock.ts";
import { SCALE, scaledPrices, scaledProfile } from "./scale.ts";

export const BUCKET = "demo";
/** Prices are this region's. */
export const REGION = "us-east-1";
/** Below what the command line takes: times the scale it is the largest that restic writes. */
const PACK_SIZE_MIB = PACK_SIZE_MAX_MIB / SCALE;
const PASSWORD = "only for the demo";

/** As a person would write it; the demo's commands read it from a file. */
export const FIRN_YAML = `keep: { daily: 30, weekly: 52, yearly: 5 }
recovery:
  - { current: true, within: instant }
  - { gone: 30d, within: instant }
  - { path: "/etc/**", gone: 1y, within: instant }
  - { within: 48h }
`;

/** A temporary folder, a bucket whose clock stands still, and a repository in it. All of it goes when it is disposed. */
export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly icebox: Icebox;
  readonly clock: MovingClock;
  readonly world: World;
  readonly access: Access;
  readonly caller: Caller;
  /** Opened once: a year of nights would otherwise be a year of key derivations. */
  readonly repo: OpenedRepository;
  /** What plans count with. */
  readonly profile: ProviderProfile;
}

export interface StageWish {
  readonly seed: string;
  readonly start: number;
  readonly keep: boolean;
  readonly signal: AbortSignal;
  /** The machine the demo runs on: who the files belong to. */
  readonly machine: Pick<World, "uid" | "gid" | "username" | "isProcessAlive">;
}

export async function openStage(wish: StageWish): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), `firn-demo-${process.pid}-`));
  undo.defer(() => (wish.keep ? undefined : rmSync(folder, { recursive: true, force: true })));
  const prices = scaledPrices(loadPrices(REGION), SCALE);
  const icebox = undo.use(await startIcebox({ clock: { start: wish.start }, region: REGION, buckets: [BUCKET], prices }));
  const clock = movingClock(icebox.clock);
  const world = demoWorld(wish, folder, icebox, clock);
  const access = demoAccess(folder, icebox);
  const caller: Caller = { world, signal: wish.signal, askPassword: async () => undefined };
  const store = await openStoreFromAccess(access, caller);
  undo.defer(() => store.close());
  const repo = await createRepository(store, {
    version: 2,
    world,
    password: async () => utf8(PASSWORD),
    // Names of temporary files, drawn whenever an answer comes in, must not shift what is drawn for packs.
    cache: openCache(access.cacheDir, { ...world, random: seededBytes(`${wish.seed} cache`) }),
    packSizeMib: PACK_SIZE_MIB,
    signal: wish.signal,
    // Guessing this password is allowed; opening the repository a hundred times should not take a minute.
    kdf: { N: 1024, r: 8, p: 1 },
  });
  const profile = scaledProfile(profileFor({ provider: "aws", region: REGION }).profile, SCALE);
  const owned = undo.move();
  return { folder, icebox, clock, world, access, caller, repo, profile, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function demoWorld(wish: StageWish, folder: string, icebox: Icebox, clock: MovingClock): World {
  const { accessKeyId, secretAccessKey } = icebox.credentials;
  return {
    clock,
    random: seededBytes(`${wish.seed} keys`),
    // Nothing of the machine's own settings reaches the demo, and nothing of the demo leaves its folder.
    env: { HOME: folder, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, RESTIC_PASSWORD: PASSWORD },
    hostname: "server",
    username: wish.machine.username,
    uid: wish.machine.uid,
    gid: wish.machine.gid,
    pid: 1,
    zone: 0,
    zoneOffset: () => 0,
    isProcessAlive: wish.machine.isProcessAlive,
  };
}

function demoAccess(folder: string, icebox: Icebox): Access {
  const configFile = join(folder, "firn.yaml");
  const location = `s3:${icebox.endpoint}/${BUCKET}`;
  writeFileSync(configFile, `repository: ${location}\nstorage: { provider: aws-s3, region: ${REGION} }\n${FIRN_YAML}`);
  mkdirSync(join(folder, "server"));
  return {
    repo: undefined,
    repositoryFile: undefined,
    passwordFile: undefined,
    passwordCommand: undefined,
    insecureNoPassword: false,
    keyHint: undefined,
    configFile,
    useCache: true,
    cacheDir: join(folder, "cache"),
    cleanupCache: false,
    useLock: true,
    retryLockMs: 0,
    limitUploadKib: undefined,
    limitDownloadKib: undefined,
    compression: undefined,
    packSizeMib: 4,
    extraVerify: true,
    // One after the other, so that the same seed lists packs in the same order.
    backendOptions: { "s3.connections": "1" },
    caCert: undefined,
    tlsClientCert: undefined,
    insecureTls: false,
  };
}
