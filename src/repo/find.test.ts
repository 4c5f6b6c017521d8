import assert from "node:assert/strict";
import { before, test } from "node:test";
import { asId } from "../base/id.ts";
import { timeFromMs } from "../base/time.ts";
import { encodeSnapshot } from "../format/snapshot-codec.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import { findFile, findSnapshot, parseSnapshotSpec, selectSnapshots } from "./find.ts";
import type { OpenedRepository } from "./opened-repository.ts";
import { EVERY_SNAPSHOT, matchesFilter, parseTagList, type SnapshotFilter } from "./snapshot-filter.ts";
import { groupSnapshots } from "./snapshot-group.ts";
import { memoryRepository } from "./testing.ts";

const facts = [
  { host: "one", paths: ["/a"], tags: ["x"], at: 10 },
  { host: "two", paths: ["/a", "/b"], tags: [], at: 20 },
  { host: "one", paths: ["/b", "/a"], tags: ["y", "x"], at: 30 },
  { host: "two", paths: ["/b"], tags: ["z"], at: 40 },
];
let repo: OpenedRepository;
let all: StoredSnapshot[];

before(async () => {
  ({ repo } = await memoryRepository());
  for (const { host, paths, tags, at } of facts) {
    const snapshot = {
      time: timeFromMs(at, 0),
      parent: undefined,
      tree: asId<"blob">("a".repeat(64)),
      paths,
      hostname: host,
      username: "u",
      uid: 0,
      gid: 0,
      excludes: [],
      tags,
      original: undefined,
      programVersion: "",
      summary: undefined,
    };
    await repo.saveUnpacked("snapshots", encodeSnapshot(snapshot));
  }
  all = await repo.loadSnapshots();
});

const timesOf = (snapshots: readonly StoredSnapshot[]): number[] => snapshots.map(({ time }) => Number(time.ns / 1_000_000n));

async function at(text: string, filter: Partial<SnapshotFilter> = {}): Promise<number> {
  return timesOf([await findSnapshot(repo, text, { ...EVERY_SNAPSHOT, ...filter })])[0]!;
}

test("latest, and the ones before it, among those the filter lets pass", async () => {
  assert.equal(await at("latest"), 40);
  assert.equal(await at("latest~1"), 30);
  assert.equal(await at("latest~3"), 10);
  assert.equal(await at("latest", { hosts: ["one"] }), 30);
  assert.equal(await at("latest~1", { paths: ["/a"] }), 20);
  assert.equal(await at("latest", { tags: [["x"]] }), 30);
  await assert.rejects(at("latest~4"), { code: "no-such-id" });
  await assert.rejects(at("latest", { hosts: ["three"] }), { code: "no-such-id" });
});

test("ids by their beginnings: none and several are errors", async () => {
  const [first] = all;
  assert.equal((await findSnapshot(repo, first!.id.slice(0, 12))).id, first!.id);
  assert.equal((await findSnapshot(repo, first!.id.toUpperCase())).id, first!.id);
  const missing = "0123456789abcdef0123456789abcdef";
  await assert.rejects(findFile(repo, "snapshots", missing), { code: "no-such-id" });
  await assert.rejects(findFile(repo, "snapshots", "../config"), { code: "no-such-id" });
  await assert.rejects(findFile(repo, "snapshots", ""), { code: "no-such-id" });
  const { repo: crowded, store } = await memoryRepository();
  for (const digit of "123") await store.put(`keys/ab${digit.repeat(62)}`, new Uint8Array(1));
  await assert.rejects(findFile(crowded, "keys", "ab"), { code: "ambiguous-id", message: /3 ids/ });
});

test("naming some and filtering all", async () => {
  const ids = all.map(({ id }) => id);
  assert.deepEqual(timesOf(await selectSnapshots(repo, [ids[2]!, ids[0]!, ids[2]!], EVERY_SNAPSHOT)), [30, 10]);
  assert.deepEqual(timesOf(await selectSnapshots(repo, [], { ...EVERY_SNAPSHOT, hosts: ["two"] })), [20, 40]);
  const told: string[] = [];
  const found = await selectSnapshots(repo, ["zzz", ids[1]!], EVERY_SNAPSHOT, { onError: (what) => told.push(what) });
  assert.deepEqual([timesOf(found), told], [[20], ["zzz"]]);
});

test("filters as restic has them", () => {
  const snapshot = { hostname: "h", tags: ["a", "b"], paths: ["/x", "/y"] };
  const pass = (filter: Partial<typeof EVERY_SNAPSHOT>, of = snapshot): boolean => matchesFilter(of, { ...EVERY_SNAPSHOT, ...filter });
  assert.equal(pass({ hosts: ["g", "h"] }), true);
  assert.equal(pass({ hosts: ["g"] }), false);
  assert.equal(pass({ tags: [parseTagList("a,b")] }), true);
  assert.equal(pass({ tags: [parseTagList("a, c")] }), false);
  assert.equal(pass({ tags: [["c"], ["b"]] }), true);
  assert.equal(pass({ tags: [parseTagList("")] }), false);
  assert.equal(pass({ tags: [parseTagList("")] }, { ...snapshot, tags: [] }), true);
  assert.equal(pass({ paths: ["/y", "/x"] }), true);
  assert.equal(pass({ paths: ["/x", "/z"] }), false);
});

test("groups do not mind the order of paths and tags", () => {
  const groups = groupSnapshots(all, { host: false, paths: true, tags: false });
  assert.deepEqual(
    groups.map(({ key, snapshots }) => [key.paths, timesOf(snapshots)]),
    [
      [
        ["/a", "/b"],
        [20, 30],
      ],
      [["/a"], [10]],
      [["/b"], [40]],
    ],
  );
  assert.deepEqual(
    groups[0]?.snapshots.map(({ paths }) => paths),
    [
      ["/a", "/b"],
      ["/a", "/b"],
    ],
  );
  assert.deepEqual(groupSnapshots(all, { host: false, paths: false, tags: false })[0]?.key, { hostname: "", paths: null, tags: null });
  assert.deepEqual(groupSnapshots([], { host: true, paths: true, tags: true }), []);
});

test("a snapshot and a folder in it", () => {
  assert.deepEqual(parseSnapshotSpec("latest"), { snapshot: "latest", subfolder: undefined });
  assert.deepEqual(parseSnapshotSpec("ab12:/home/a:b"), { snapshot: "ab12", subfolder: "/home/a:b" });
});

test("latest passes over what cannot be read when it may say so, and fails when it may not", async () => {
  const made = await memoryRepository();
  const save = async (ms: number): Promise<string> =>
    made.repo.saveUnpacked("snapshots", encodeSnapshot({ ...all[0]!, time: timeFromMs(ms, 0) }));
  const [older, newer] = [await save(10), await save(20)];
  const object = made.store.objects.get(`snapshots/${newer}`)!;
  made.store.objects.set(`snapshots/${newer}`, { ...object, body: object.body.map((byte, i) => (i === 30 ? byte ^ 1 : byte)) });
  await assert.rejects(findSnapshot(made.repo, "latest"), { code: "corrupt" });
  const told: string[] = [];
  const found = await findSnapshot(made.repo, "latest", EVERY_SNAPSHOT, { onError: (id, error) => told.push(`${id} ${String(error)}`) });
  assert.equal(found.id, older);
  assert.equal(told.length, 1);
  assert.match(told[0]!, new RegExp(`^${newer} .*snapshots/${newer}: .*it may be the latest`));
  assert.equal((await findSnapshot(made.repo, older)).id, older, "others do not matter to who names one");
});
