import { utf8 } from "../../base/bytes.ts";
import type { BlobId, SnapshotId } from "../../base/id.ts";
import { MS_PER_DAY, timeFromMs, ZERO_TIME } from "../../base/time.ts";
import { encodeSnapshot } from "../../format/snapshot-codec.ts";
import type { Node } from "../../format/node.ts";
import { encodeTree } from "../../format/tree.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, type MemoryRepository, type MemoryRepositoryOptions, putBlob } from "../../repo/testing.ts";
import type { Repository } from "../../repo/repository.ts";
import { TEST_PROFILE } from "../../plan/tier/testing.ts";
import { type Config, defaultConfig } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import { FactsReader } from "./facts-reader.ts";

/** Small files need prices that do not drown in per-object overhead: tests about choices use a megabyte. */
export const BIG = 1024 * 1024;

/** Name in the root folder to content seed; each file is one blob of BIG bytes. */
export type Files = Readonly<Record<string, string>>;

/** Stores a snapshot with one pack for each new file, so that tests can speak of packs by file. */
export async function snapshotOf(
  repo: Repository,
  files: Files,
  facts: { host?: string; tags?: string[]; time?: number } = {},
): Promise<SnapshotId> {
  const nodes: Node[] = [];
  for (const name of Object.keys(files).sort()) nodes.push(fileNode(name, await storeBlob(repo, contentOf(files[name]!))));
  const writer = createBlobWriter(repo);
  const tree = await putBlob(repo, writer, "tree", encodeTree(nodes));
  await writer.flush();
  return repo.saveUnpacked<"snapshot">(
    "snapshots",
    encodeSnapshot({
      time: timeFromMs(facts.time ?? repo.world.clock.now(), 0),
      parent: undefined,
      tree,
      paths: ["/data"],
      hostname: facts.host ?? "host",
      username: "u",
      uid: 0,
      gid: 0,
      excludes: [],
      tags: facts.tags ?? [],
      original: undefined,
      programVersion: "",
      summary: undefined,
    }),
  );
}

async function storeBlob(repo: Repository, bytes: Uint8Array): Promise<BlobId> {
  const states = await repo.packStates({ refresh: true });
  const writer = createBlobWriter(repo, { usable: (pack) => (states.get(pack)?.state ?? "hot") === "hot" });
  const id = await putBlob(repo, writer, "data", bytes);
  await writer.flush();
  return id;
}

function contentOf(seed: string): Uint8Array {
  // Incompressible, so that sizes are what they seem.
  const bytes = new Uint8Array(BIG);
  let state = 2_166_136_261;
  for (const char of seed) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619);
  for (let i = 0; i < bytes.length; i += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
    bytes[i + 1] = state >>> 8;
    bytes[i + 2] = state >>> 16;
    bytes[i + 3] = state >>> 24;
  }
  return bytes;
}

function fileNode(name: string, blob: BlobId): Node {
  return {
    name: utf8(name),
    type: "file",
    mode: 0o644,
    mtime: ZERO_TIME,
    atime: ZERO_TIME,
    ctime: ZERO_TIME,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    inode: 0n,
    deviceId: 0n,
    size: BigInt(BIG),
    links: 1n,
    linkTarget: new Uint8Array(0),
    xattrs: [],
    genericAttributes: undefined,
    device: 0n,
    content: [blob],
    subtree: undefined,
    error: "",
  };
}

export interface TierRepository extends MemoryRepository {
  readonly config: Config;
  /** A reader as a new process would have it. */
  reader(repo?: Repository): FactsReader;
  /** Days later. */
  days(count: number): Promise<void>;
  /** Class of the packs that hold each file's blob, by LIST. */
  classes(): Record<string, number>;
}

export async function tierRepository(yaml = "", options: MemoryRepositoryOptions = {}): Promise<TierRepository> {
  const memory = await memoryRepository(options);
  const config = yaml === "" ? defaultConfig() : readConfig(yaml, "firn.yaml");
  const prices = { provider: "aws-s3", region: "us-east-1", currency: "USD", date: "2026-11-22", assumed: false, why: "test" };
  return {
    ...memory,
    config,
    reader: (repo = memory.repo) => new FactsReader(repo, config, TEST_PROFILE, prices, new AbortController().signal),
    days: (count) => memory.world.clock.advance(count * MS_PER_DAY),
    classes: () => {
      const counts: Record<string, number> = {};
      for (const [key, object] of memory.store.objects)
        if (key.startsWith("data/")) counts[object.storageClass] = (counts[object.storageClass] ?? 0) + 1;
      return counts;
    },
  };
}
