import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { giveUp, utf8 } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { asId } from "../base/id.ts";
import { encodeBlob } from "../format/blob-codec.ts";
import type { BlobLocation } from "../format/blob.ts";
import { sealBox } from "../kernel/box.ts";
import { sha256Hex } from "../kernel/hash.ts";
import { BlobOpener, openBlob } from "./loader.ts";

const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };

function sealed(version: 1 | 2, plaintext: Uint8Array): { location: BlobLocation; box: Uint8Array } {
  const { payload, uncompressedLength } = encodeBlob(version, "auto", "data", plaintext);
  const box = sealBox(key, payload, randomBytes(16));
  const id = asId<"blob">(sha256Hex(plaintext));
  return { location: { type: "data", id, pack: asId("a".repeat(64)), offset: 0, length: box.length, uncompressedLength }, box };
}

test("blobs opened one after the other are what they are when opened alone, whatever their order, size and damage", () => {
  const opener = new BlobOpener(key);
  const texts = [utf8("a"), randomBytes(3 << 20), new Uint8Array(1 << 19), utf8("z".repeat(70_000)), new Uint8Array(0), utf8("b")];
  for (const version of [1, 2] as const) {
    for (const text of [...texts, ...texts.toReversed()]) {
      const { location, box } = sealed(version, text);
      assert.ok(Buffer.from(text).equals(opener.open(location, box)));
      assert.ok(Buffer.from(text).equals(openBlob(key, location, box)));
      const bent = Uint8Array.from(box);
      bent[20]! ^= 1;
      assert.throws(() => opener.open(location, bent), CorruptError);
      assert.throws(() => opener.open({ ...location, id: asId("0".repeat(64)) }, box), /SHA-256/);
      assert.ok(Buffer.from(text).equals(opener.open(location, box)), "the box itself is left alone");
    }
  }
});

test("only memory that belongs to the bytes alone is given up", () => {
  const whole = new Uint8Array(8);
  const part = whole.subarray(2, 4);
  giveUp(part);
  assert.equal(whole.length, 8);
  giveUp(whole);
  assert.equal(whole.length, 0);
  giveUp(whole);
});
