import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../base/bytes.ts";
import { assertValidKey, BOX_OVERHEAD, BoxError, openBox, sealBox } from "./box.ts";
import type { MasterKey } from "./master-key.ts";
import { poly1305Aes } from "./poly1305-aes.ts";

const runs = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 100 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

const KEY: MasterKey = {
  encrypt: Buffer.alloc(32, 0x11),
  macK: Buffer.alloc(16, 0x22),
  macR: Buffer.alloc(16, 0x33),
};
const IV = Buffer.alloc(16, 0x44);

/** D. J. Bernstein, "The Poly1305-AES message-authentication code" (2005), appendix B. */
const VECTORS = [
  {
    message: "f3f6",
    k: "ec074c835580741701425b623235add6",
    r: "851fc40c3467ac0be05cc20404f3f700",
    nonce: "fb447350c4e868c52ac3275cf9d4327e",
    tag: "f4c633c3044fc145f84f335cb81953de",
  },
  {
    message: "",
    k: "75deaa25c09f208e1dc4ce6b5cad3fbf",
    r: "a0f3080000f46400d0c7e9076c834403",
    nonce: "61ee09218d29b0aaed7e154a2c5509cc",
    tag: "dd3fab2251f11ac759f0887129cc2ee7",
  },
  {
    message: "663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136",
    k: "6acb5f61a7176dd320c5c1eb2edcdc74",
    r: "48443d0bb0d21109c89a100b5ce2c208",
    nonce: "ae212a55399729595dea458bc621ff0e",
    tag: "0ee1c16bb73f0f4fd19881753c01cdbe",
  },
  {
    message:
      "ab0812724a7f1e342742cbed374d94d136c6b8795d45b3819830f2c04491faf0990c62e48b8018b2c3e4a0fa3134cb67fa83e158c994d961c4cb21095c1bf9",
    k: "e1a5668a4d5b66a5f68cc5424ed5982d",
    r: "12976a08c4426d0ce8a82407c4f48207",
    nonce: "9ae831e743978d3a23527c7128149e3a",
    tag: "5154ad0d2cb26e01274fc51148491f1b",
  },
];

test("the tag is Poly1305-AES as published", () => {
  for (const { message, k, r, nonce, tag } of VECTORS) {
    const key = { ...KEY, macK: fromHex(k), macR: fromHex(r) };
    assert.equal(toHex(poly1305Aes(key, fromHex(nonce), fromHex(message))), tag);
    assert.equal(toHex(poly1305Aes(key, fromHex(nonce), fromHex(message))), tag, "and again with the kept cipher");
  }
});

test("AES-256-CTR as in NIST SP 800-38A F.5.5", () => {
  const key = { ...KEY, encrypt: fromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4") };
  const box = sealBox(key, fromHex("6bc1bee22e409f96e93d7e117393172a"), fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
  assert.equal(toHex(box.subarray(16, 32)), "601ec313775789a5b7a7f504bbf3d228");
});

test("what is sealed opens", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
      const box = sealBox(KEY, plaintext, IV);
      assert.equal(box.length, plaintext.length + BOX_OVERHEAD);
      assert.deepEqual(Uint8Array.from(openBox(KEY, box)), plaintext);
    }),
    runs,
  );
});

test("any flipped bit, any cut and any other key is noticed", () => {
  const box = Buffer.from(sealBox(KEY, Buffer.from("plain text"), IV));
  for (let bit = 0; bit < box.length * 8; bit++) {
    const damaged = Buffer.from(box);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => openBox(KEY, damaged), BoxError, `bit ${bit}`);
  }
  for (let length = 0; length < box.length; length++) assert.throws(() => openBox(KEY, box.subarray(0, length)), BoxError);
  assert.throws(() => openBox({ ...KEY, macK: Buffer.alloc(16, 1) }, box), BoxError);
  assert.throws(() => openBox({ ...KEY, macR: Buffer.alloc(16, 1) }, box), BoxError);
});

test("a zero IV is refused both ways, and keys with a zero part", () => {
  assert.throws(() => sealBox(KEY, Buffer.from("x"), Buffer.alloc(16)), BoxError);
  const box = Buffer.from(sealBox(KEY, Buffer.from("x"), IV));
  box.fill(0, 0, 16);
  assert.throws(() => openBox(KEY, box), /IV of a box is zero/);
  assertValidKey(KEY);
  assert.throws(() => assertValidKey({ ...KEY, macR: Buffer.alloc(16) }), /mac\.r/);
  assert.throws(() => assertValidKey({ ...KEY, encrypt: Buffer.alloc(16, 1) }), /encrypt/);
});
