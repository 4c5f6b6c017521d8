import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { wallClock, systemWorld } from "../src/app/system-world.ts";
import { utf8 } from "../src/base/bytes.ts";
import { asId, type BlobId } from "../src/base/id.ts";
import { INDEX_FULL_BLOBS } from "../src/base/limits.ts";
import { encodeIndex, type IndexedPack } from "../src/format/index-codec.ts";
import { encodeSnapshot } from "../src/format/snapshot-codec.ts";
import { createRepository } from "../src/repo/create.ts";
import { openRepository } from "../src/repo/open.ts";
import type { Repository } from "../src/repo/repository.ts";
import { openStore } from "../src/store/open-store.ts";

/** The cheapest that restic opens: how long a key takes to derive is not what is measured. */
export const CHEAP_KDF = { N: 2, r: 1, p: 1 } as const;
export const PASSWORD = "bench";

/** A new, empty repository in a folder, whose key costs nothing to derive. */
export async function makeRepository(folder: string): Promise<Repository> {
  const world = systemWorld();
  return createRepository(await openStore(folder, {}, world), { world, version: 2, password: async () => utf8(PASSWORD), kdf: CHEAP_KDF });
}

export async function openBenchRepository(folder: string): Promise<Repository> {
  const world = systemWorld();
  return openRepository(await openStore(folder, {}, world), { world, password: async () => utf8(PASSWORD) });
}

/**
 * Index files that list blobs in packs which are not there: enough for whatever only loads the index. Nine packs of data, a hundred
 * blobs of 60 to 260 KB in each, to one of trees with six hundred.
 */
export async function addIndexFiles(repo: Repository, blobs: number): Promise<void> {
  for (let done = 0; done < blobs;) {
    const packs: IndexedPack[] = [];
    let inFile = 0;
    while (inFile < Math.min(INDEX_FULL_BLOBS, blobs - done)) {
      const pack = madeUpPack(packs.length % 10 === 9, blobs - done - inFile);
      packs.push(pack);
      inFile += pack.blobs.length;
    }
    await repo.saveUnpacked<"index">("index", encodeIndex(packs));
    done += inFile;
  }
}

function madeUpPack(trees: boolean, most: number): IndexedPack {
  const count = Math.min(trees ? 600 : 100, most);
  const random = Buffer.allocUnsafe((count + 1) * 32);
  randomFillSync(random);
  let offset = 0;
  const blobs = Array.from({ length: count }, (_, k) => {
    const from = k * 32 + 32;
    const size = trees ? 600 + (random.readUInt32LE(from + 4) % 4000) : 60_000 + (random.readUInt32LE(from + 4) % 200_000);
    const blob = {
      type: trees ? ("tree" as const) : ("data" as const),
      id: asId<"blob">(random.toString("hex", from, from + 32)),
      offset,
      length: size,
      uncompressedLength: size * 2,
    };
    offset += size;
    return blob;
  });
  return { id: asId<"pack">(random.toString("hex", 0, 32)), blobs };
}

/** Snapshots of one tree, an hour apart. */
export async function addSnapshots(repo: Repository, tree: BlobId, count: number): Promise<void> {
  const start = wallClock().nowNs() - BigInt(count) * 3_600_000_000_000n;
  for (let n = 0; n < count; n++) {
    const snapshot = encodeSnapshot({
      time: { ns: start + BigInt(n) * 3_600_000_000_000n, offset: 0 },
      parent: undefined,
      tree,
      paths: ["/srv/data", `/home/user-${n % 7}`],
      hostname: `host-${n % 5}`,
      username: "root",
      uid: 0,
      gid: 0,
      excludes: ["*.tmp", "/srv/data/cache"],
      tags: n % 3 === 0 ? ["nightly"] : [],
      original: undefined,
      programVersion: "bench",
      summary: undefined,
    });
    await repo.saveUnpacked<"snapshot">("snapshots", snapshot);
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { blobs: { type: "string", default: "1000000" } } });
  const [folder] = positionals;
  if (folder === undefined) throw new Error("node bench/make-index.ts FOLDER [--blobs 1000000]");
  const repo = await makeRepository(folder);
  await addIndexFiles(repo, Number(values.blobs));
  await repo.close();
  process.stdout.write(`${values.blobs} blobs in ${join(folder, "index")}; the password is ${PASSWORD}\n`);
}
