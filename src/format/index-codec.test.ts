import assert from "node:assert/strict";
import { test } from "node:test";
import { CorruptError } from "../base/error.ts";
import type { PackedBlob } from "./blob.ts";
import { decodeIndex, encodeIndex, type IndexedPack } from "./index-codec.ts";

const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(64) as PackedBlob["id"]);
const PACKS: IndexedPack[] = [
  {
    id: "d".repeat(64) as IndexedPack["id"],
    blobs: [
      { id: A!, type: "data", offset: 0, length: 50, uncompressedLength: 0 },
      { id: B!, type: "tree", offset: 50, length: 60, uncompressedLength: 70 },
    ],
  },
  { id: "e".repeat(64) as IndexedPack["id"], blobs: [{ id: C!, type: "data", offset: 0, length: 4_294_967_295, uncompressedLength: 0 }] },
];

test("byte for byte, newline included", () => {
  assert.equal(
    Buffer.from(encodeIndex(PACKS.slice(0, 1))).toString(),
    `{"packs":[{"id":"${"d".repeat(64)}","blobs":[{"id":"${A}","type":"data","offset":0,"length":50},{"id":"${B}","type":"tree","offset":50,"length":60,"uncompressed_length":70}]}]}\n`,
  );
});

test("comes back, in both versions", () => {
  assert.deepEqual(decodeIndex(encodeIndex(PACKS), "i"), PACKS);
  assert.deepEqual(decodeIndex(encodeIndex(PACKS.slice(1)), "i", 1), PACKS.slice(1));
  assert.deepEqual(decodeIndex(encodeIndex([]), "i"), []);
});

test("old and unknown fields are passed over, wrong ones refused", () => {
  assert.deepEqual(decodeIndex(Buffer.from('{"supersedes":["x"],"packs":null,"y":1}'), "i"), []);
  const blob = (fields: string): string => `{"packs":[{"id":"${A}","blobs":[{${fields}}]}]}`;
  for (const [json, message] of [
    ["[]", /restic 0\.1/],
    ["{", /not valid JSON/],
    ['{"packs":[{"id":"12"}]}', /"id" is not an id/],
    [blob(""), /a blob's id/],
    [blob(`"id":"${B}"`), /invalid type/],
    [blob(`"id":"${B}","type":"blob"`), /invalid type/],
    [blob(`"id":"${B}","type":"data","offset":-1`), /invalid offset/],
    [blob(`"id":"${B}","type":"data","length":4294967296`), /invalid length/],
    [blob(`"id":"${B}","type":"data","length":18446744073709551616`), /invalid length/],
    [blob(`"id":"${B}","type":"data","uncompressed_length":"1"`), /invalid uncompressed_length/],
  ] as const) {
    assert.throws(
      () => decodeIndex(Buffer.from(json), "index/1"),
      (error) => error instanceof CorruptError && message.test(error.message),
      json,
    );
  }
  assert.throws(() => decodeIndex(encodeIndex(PACKS), "index/1", 1), /repository has version 1/);
});
