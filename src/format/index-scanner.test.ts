import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { asId } from "../base/id.ts";
import { decodeIndex, encodeIndex, type IndexedPack } from "./index-codec.ts";
import { IndexColumns } from "./index-columns.ts";
import { readIndex } from "./index-scanner.ts";

const runs = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 200 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

const hexId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const packs = fc.array(
  fc.record({
    id: hexId.map(asId<"pack">),
    blobs: fc.array(
      fc.record({
        id: hexId.map(asId<"blob">),
        type: fc.constantFrom("data" as const, "tree" as const),
        offset: fc.nat(0xffff_ffff),
        length: fc.nat(0xffff_ffff),
        uncompressedLength: fc.oneof(fc.constant(0), fc.nat(0xffff_ffff)),
      }),
      { maxLength: 40 },
    ),
  }),
  { maxLength: 80 },
);

const LETTERS = Array.from(' {}[]",:019aAfgt\n-.e');

const columns = new IndexColumns();

function scanned(bytes: Bytes, version: 1 | 2 = 2): IndexedPack[] | string {
  try {
    readIndex(bytes, "index/x", columns, version);
  } catch (error) {
    return String(error);
  }
  return Array.from({ length: columns.packs }, (_, pack) => ({
    id: asId<"pack">(Buffer.from(columns.packIds.subarray(pack * 32, pack * 32 + 32)).toString("hex")),
    blobs: columns.blobsOf(pack),
  }));
}

function decoded(bytes: Bytes, version: 1 | 2 = 2): IndexedPack[] | string {
  try {
    // The columns hold each pack by offset; the order of equal offsets stays.
    return decodeIndex(bytes, "index/x", version).map(({ id, blobs }) => ({ id, blobs: blobs.toSorted((a, b) => a.offset - b.offset) }));
  } catch (error) {
    return String(error);
  }
}

test("columns hold what the decoder finds", () => {
  fc.assert(
    fc.property(packs, (listed) => assert.deepEqual(scanned(encodeIndex(listed)), decoded(encodeIndex(listed)))),
    runs,
  );
});

test("columns grow with what they are given", () => {
  const id = (n: number): string => n.toString(16).padStart(64, "0");
  const listed = Array.from({ length: 5000 }, (_, pack) => ({
    id: asId<"pack">(id(pack + 1)),
    blobs: Array.from({ length: pack === 7 ? 5000 : 1 }, (_blob, n) => ({
      id: asId<"blob">(id(pack * 10_000 + n)),
      type: "data" as const,
      offset: n * 50,
      length: 50,
      uncompressedLength: n,
    })),
  }));
  assert.deepEqual(scanned(encodeIndex(listed)), listed);
});

test("a file that is damaged, cut short or written otherwise is taken or refused as the decoder does, in the same words", () => {
  const damage = fc.record({
    at: fc.nat(),
    byte: fc.constantFrom(...LETTERS),
    how: fc.constantFrom("replace", "insert", "remove", "cut"),
  });
  fc.assert(
    fc.property(packs, fc.array(damage, { maxLength: 3 }), fc.constantFrom<1 | 2>(1, 2), (listed, damages, version) => {
      let text = Buffer.from(encodeIndex(listed)).toString();
      for (const { at: anywhere, byte, how } of damages) {
        const at = anywhere % text.length;
        if (how === "cut") text = text.slice(0, at);
        else text = text.slice(0, at) + (how === "remove" ? "" : byte) + text.slice(how === "insert" ? at : at + 1);
        if (text === "") text = "{";
      }
      assert.deepEqual(scanned(utf8(text), version), decoded(utf8(text), version));
    }),
    runs,
  );
});

test("other forms of the same JSON are read, too", () => {
  const id = "ab".repeat(32);
  for (const text of [
    `{ "packs" : [ ] }`,
    `{"packs":null}`,
    `{"supersedes":["x"],"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"tree","offset":0,"length":7}]}]}\n`,
    `{"packs":[{"id":"${id.toUpperCase()}","blobs":[{"type":"data","id":"${id}","length":1e2,"offset":3.0,"more":[1]}]}]}`,
    `{"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"data","offset":01,"length":7}]}]}`,
    `{"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"data","offset":4294967296,"length":7}]}]}`,
    `{"packs":[{"id":"${id}","blobs":[]}]}\n\n`,
    `{"packs":[{"id":"${id}","blobs":[]}]}x`,
  ])
    assert.deepEqual(scanned(utf8(text)), decoded(utf8(text)), text);
});
