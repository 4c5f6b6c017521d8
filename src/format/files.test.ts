import assert from "node:assert/strict";
import { test } from "node:test";
import { CorruptError, FirnError } from "../base/error.ts";
import type { BlobId, SnapshotId } from "../base/id.ts";
import { decodeConfig, encodeConfig } from "./config-codec.ts";
import { decodeKeyFile, decodeMasterKey, encodeKeyFile, encodeMasterKey } from "./key-file.ts";
import { decodeLock, encodeLock } from "./lock-codec.ts";
import type { Snapshot } from "./snapshot.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot-codec.ts";
import { packUnpacked, unpackUnpacked } from "./unpacked.ts";

const ID = "5".repeat(64);
const TIME = { ns: 1_700_000_000_500_000_000n, offset: -3600 };
const TIME_TEXT = "2023-11-14T21:13:20.5-01:00";
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const BARE: Snapshot = {
  time: TIME,
  parent: undefined,
  tree: ID as BlobId,
  paths: ["/a<b"],
  hostname: "",
  username: "",
  uid: 0,
  gid: 0,
  excludes: [],
  tags: [],
  original: undefined,
  programVersion: "",
  summary: undefined,
};

const FULL: Snapshot = {
  ...BARE,
  parent: "6".repeat(64) as SnapshotId,
  hostname: "h",
  username: "u",
  uid: 1,
  gid: 2,
  excludes: ["*.o"],
  tags: ["x", "y"],
  original: "7".repeat(64) as SnapshotId,
  programVersion: "firn 0.1.0",
  summary: {
    backupStart: TIME,
    backupEnd: TIME,
    filesNew: 1,
    filesChanged: 2,
    filesUnmodified: 3,
    dirsNew: 4,
    dirsChanged: 5,
    dirsUnmodified: 6,
    dataBlobs: 7,
    treeBlobs: 8,
    dataAdded: 9,
    dataAddedPacked: 10,
    totalFilesProcessed: 0,
    totalBytesProcessed: 2 ** 50,
  },
};

test("a snapshot's fields in order, empty ones left out", () => {
  assert.equal(text(encodeSnapshot(BARE)), String.raw`{"time":"${TIME_TEXT}","tree":"${ID}","paths":["/a\u003cb"]}`);
  assert.equal(
    text(encodeSnapshot(FULL)),
    String.raw`{"time":"${TIME_TEXT}","parent":"${"6".repeat(64)}","tree":"${ID}","paths":["/a\u003cb"],"hostname":"h","username":"u","uid":1,"gid":2,"excludes":["*.o"],"tags":["x","y"],"original":"${"7".repeat(64)}","program_version":"firn 0.1.0","summary":{"backup_start":"${TIME_TEXT}","backup_end":"${TIME_TEXT}","files_new":1,"files_changed":2,"files_unmodified":3,"dirs_new":4,"dirs_changed":5,"dirs_unmodified":6,"data_blobs":7,"tree_blobs":8,"data_added":9,"data_added_packed":10,"total_files_processed":0,"total_bytes_processed":1125899906842624}}`,
  );
});

test("snapshots come back; unknown fields are passed over; damage names the file", () => {
  for (const snapshot of [BARE, FULL])
    assert.deepEqual(decodeSnapshot(encodeSnapshot(snapshot), ID as SnapshotId), { ...snapshot, id: ID });
  const foreign = Buffer.from(`{"new":{"x":1},"time":"${TIME_TEXT}","tree":"${ID}","paths":null}`);
  assert.deepEqual(decodeSnapshot(foreign, ID as SnapshotId).paths, []);
  assert.throws(
    () => decodeSnapshot(Buffer.from('{"time":"x"}'), ID as SnapshotId),
    (error) => error instanceof CorruptError && error.object === `snapshots/${ID}`,
  );
  assert.throws(() => decodeSnapshot(Buffer.from(`{"time":"${TIME_TEXT}"}`), ID as SnapshotId), /"tree" is not an id/);
});

test("key files and the master key inside", () => {
  const key = { created: TIME, username: "u", hostname: "h", N: 32768, r: 8, p: 6, salt: Buffer.alloc(64, 1), data: Buffer.alloc(100, 2) };
  const json = encodeKeyFile(key);
  assert.ok(
    text(json).startsWith(`{"created":"${TIME_TEXT}","username":"u","hostname":"h","kdf":"scrypt","N":32768,"r":8,"p":6,"salt":"AQEB`),
  );
  assert.deepEqual(decodeKeyFile(json, "keys/1"), key);
  assert.throws(
    () => decodeKeyFile(Buffer.from(text(json).replace("scrypt", "argon2")), "keys/1"),
    /keys\/1: unknown key derivation "argon2"/,
  );
  assert.throws(() => decodeKeyFile(Buffer.from(text(json).replace('"AQEB', '"AQE*')), "keys/1"), /"salt" is not base64/);
  const master = { encrypt: Buffer.alloc(32, 3), macK: Buffer.alloc(16, 4), macR: Buffer.alloc(16, 5) };
  assert.match(text(encodeMasterKey(master)), /^\{"mac":\{"k":"[^"]+==","r":"[^"]+=="\},"encrypt":"[^"]+="\}$/);
  assert.deepEqual(decodeMasterKey(encodeMasterKey(master)), master);
  assert.throws(() => decodeMasterKey(Buffer.from("{}")), CorruptError);
});

test("config: versions, id and polynomial are checked", () => {
  const config = { version: 2, id: ID, polynomial: 0x3da3358b4dc173n } as const;
  const json = `{"version":2,"id":"${ID}","chunker_polynomial":"3da3358b4dc173"}`;
  assert.equal(text(encodeConfig(config)), json);
  assert.deepEqual(decodeConfig(Buffer.from(json)), config);
  assert.throws(
    () => decodeConfig(Buffer.from(json.replace("2", "3"))),
    (error) => error instanceof FirnError && error.code === "unsupported-version",
  );
  assert.throws(() => decodeConfig(Buffer.from(json.replace("3da3358b4dc173", "3da3358b4dc171"))), /not irreducible/);
  assert.throws(() => decodeConfig(Buffer.from(json.replace("3da3358b4dc173", "zz"))), /not irreducible/);
  assert.throws(() => decodeConfig(Buffer.from(json.replace(ID, "12"))), /"id" is not an id/);
});

test("locks: root's uid and gid are left out", () => {
  const lock = { time: TIME, exclusive: false, hostname: "h", username: "root", pid: 12, uid: 0, gid: 0 };
  assert.equal(text(encodeLock(lock)), `{"time":"${TIME_TEXT}","exclusive":false,"hostname":"h","username":"root","pid":12}`);
  for (const one of [lock, { ...lock, exclusive: true, uid: 5, gid: 6 }]) assert.deepEqual(decodeLock(encodeLock(one), "locks/1"), one);
  assert.throws(() => decodeLock(Buffer.from('{"exclusive":1}'), "locks/1"), /"exclusive" is not a boolean/);
});

test("the container: plain in version 1, marked and compressed in version 2", () => {
  const json = Buffer.from('{"a":1}');
  assert.deepEqual(packUnpacked(1, json), json);
  const packed = packUnpacked(2, json);
  assert.equal(packed[0], 2);
  for (const payload of [packed, json, Buffer.from("[1]"), Buffer.alloc(0)]) {
    const expected = payload === packed ? json : payload;
    assert.deepEqual(Buffer.from(unpackUnpacked(payload)), expected);
  }
  assert.throws(() => unpackUnpacked(Buffer.from([3, 1, 2]), "index/9"), /index\/9 at offset 0: unknown encoding 0x03/);
  assert.throws(() => unpackUnpacked(packed.subarray(0, packed.length - 1), "index/9"), /index\/9: not a whole zstd stream/);
});
