import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import type { Bytes } from "../../base/bytes.ts";
import type { PackId } from "../../base/id.ts";
import { CHECK_PIECE_BYTES, SCRATCH_MAX } from "../../base/limits.ts";
import { pathOf } from "../../format/file-kind.ts";
import { createBlobWriter } from "../../repo/packer.ts";
import { memoryRepository, type MemoryRepository, putBlob } from "../../repo/testing.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { Permits } from "../crew/permits.ts";
import { makeSnapshot } from "../testing.ts";
import { check } from "./check.ts";
import { expectedHeader } from "./expected-header.ts";
import type { Finding } from "./finding.ts";
import { type PackBytes, PackFiles, packInMemory, UnreadableError } from "./pack-bytes.ts";
import { PackProver } from "./pack-prover.ts";
import { judgePack } from "./pack-verdict.ts";

const folder = mkdtempSync(join(tmpdir(), "firn-prover-"));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "pack");
const files = new PackFiles(new Permits(Permits.sharedBy(1)));

interface Made {
  readonly repo: MemoryRepository;
  readonly pack: PackId;
  readonly header: Bytes;
  readonly body: Bytes;
}

async function packOf(blobs: readonly Bytes[], version: 1 | 2): Promise<Made> {
  const repo = await memoryRepository({ version });
  const writer = createBlobWriter(repo.repo);
  for (const blob of blobs) await putBlob(repo.repo, writer, "data", blob);
  await writer.flush();
  const [pack] = [...repo.repo.index.packs()];
  return { repo, pack: pack!, header: expectedHeader(repo.repo.index, pack!)!, body: repo.store.objects.get(pathOf("data", pack!))!.body };
}

const SOURCES: readonly { readonly name: string; readonly use: <T>(bytes: Bytes, look: (pack: PackBytes) => T) => T }[] = [
  { name: "memory", use: (bytes, look) => look(packInMemory(bytes)) },
  {
    name: "a file",
    use: (bytes, look) => {
      writeFileSync(file, bytes);
      return files.open(file, look);
    },
  },
];

for (const { name, use } of SOURCES) {
  describe(`a pack in ${name}`, () => {
    test("is proven where judging it finds nothing, in one piece or several, of either version", async () => {
      const long = [randomBytes(CHECK_PIECE_BYTES + 7), randomBytes(CHECK_PIECE_BYTES - 40), Buffer.alloc(SCRATCH_MAX + 1), randomBytes(3)];
      for (const version of [1, 2] as const) {
        for (const blobs of [[Buffer.alloc(0)], [Buffer.from("one")], long]) {
          const { repo, pack, header, body } = await packOf(blobs, version);
          const prover = new PackProver(repo.repo.key);
          assert.deepEqual(judgePack(repo.repo.key, pack, body, repo.repo.index.blobsOf(pack)), []);
          for (let time = 0; time < 2; time++) assert.ok(use(body, (source) => prover.proves(pack, header, source)));
        }
      }
    });

    test("is not proven with any wrong bit, cut, addition, other name, other key or other header", async () => {
      const { repo, pack, header, body } = await packOf([Buffer.from("alpha, alpha, alpha"), Buffer.from("beta")], 2);
      const prover = new PackProver(repo.repo.key);
      const proves = (bytes: Bytes, wanted = header, called = pack): boolean =>
        use(bytes, (source) => prover.proves(called, wanted, source));
      for (let bit = 0; bit < body.length * 8; bit += 1 + (bit % 3)) {
        const bytes = Uint8Array.from(body);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        assert.ok(!proves(bytes), `bit ${bit}`);
        assert.ok(!proves(bytes, header, sha256Hex(bytes) as PackId), `bit ${bit}, under its own name`);
      }
      for (let bit = 0; bit < header.length * 8; bit++) {
        const wanted = Uint8Array.from(header);
        wanted[bit >> 3]! ^= 1 << (bit & 7);
        assert.ok(!proves(body, wanted), `bit ${bit} of the header`);
      }
      for (const length of [0, 3, 40, body.length - 1]) assert.ok(!proves(body.subarray(0, length)));
      assert.ok(!proves(Buffer.concat([body, Buffer.alloc(1)])));
      assert.ok(!proves(body, header, "0".repeat(64) as PackId));
      const other = new PackProver({ ...repo.repo.key, macR: randomBytes(16) });
      assert.ok(!use(body, (source) => other.proves(pack, header, source)));
      assert.ok(proves(body), "and nothing of all that stays behind");
    });
  });
}

test("a file that is not there, is a folder, or ends while it is read is no verdict", async () => {
  assert.throws(() => files.open(join(folder, "nowhere"), () => true), UnreadableError);
  assert.throws(() => files.open(folder, (pack) => pack.read(0, 1)), UnreadableError);
  writeFileSync(file, "short");
  assert.throws(() => files.open(file, (pack) => pack.read(0, 6)), UnreadableError);
});

interface WithFiles {
  readonly made: MemoryRepository;
  /** Keys of whole objects that the store was asked for. */
  readonly gets: readonly string[];
  readonly run: () => Promise<Finding[]>;
}

/** A repository whose packs may also be read as files, each being what `alter` makes of the object. */
async function withFiles(alter: (body: Bytes) => Bytes | undefined): Promise<WithFiles> {
  const root = mkdtempSync(join(folder, "repo-"));
  const gets: string[] = [];
  const made = await memoryRepository({
    wrap: (store) => ({
      ...store,
      fileOf: (key) => join(root, key),
      get: (key, options) => {
        if (options?.range === undefined) gets.push(key);
        return store.get(key, options);
      },
    }),
  });
  await makeSnapshot(made.repo, { a: { parts: ["alpha", "beta"] } });
  const run = async (): Promise<Finding[]> => {
    for (const [key, { body }] of made.store.objects) {
      const bytes = alter(body);
      if (!key.startsWith("data/") || bytes === undefined) continue;
      mkdirSync(dirname(join(root, key)), { recursive: true });
      writeFileSync(join(root, key), bytes);
    }
    const found: Finding[] = [];
    const deps = {
      signal: new AbortController().signal,
      emit: () => undefined,
      onFinding: (one: Finding) => void found.push(one),
      workers: 0,
    };
    const report = await check(await made.reopen(), { read: { kind: "all" }, wants: undefined }, deps);
    assert.equal(report.packsRead, 2);
    return found;
  };
  return { made, gets, run };
}

test("packs are proven from their files, without asking the store for them", async () => {
  const { made, gets, run } = await withFiles((body) => body);
  assert.deepEqual(await run(), []);
  const trees = [...made.repo.index.packs()].filter((pack) => made.repo.index.isTreePack(pack)).map((pack) => pathOf("data", pack));
  assert.deepEqual(
    gets.filter((key) => key.startsWith("data/")),
    trees,
    "the walk of the trees reads theirs",
  );
});

test("files that cannot be read cost a call to the store and nothing else", async () => {
  assert.deepEqual(await (await withFiles(() => undefined)).run(), []);
});

test("what is wrong in the file and right in the store is told, but is no broken pack", async () => {
  const { run } = await withFiles((body) => body.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
  const found = await run();
  assert.deepEqual(
    found.map(({ level, pack }) => [level, pack]),
    [
      ["error", undefined],
      ["error", undefined],
    ],
  );
  assert.match(found[0]!.check, /was wrong when it was first read and is right now/);
});
