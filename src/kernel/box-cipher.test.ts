import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { fromHex, toHex } from "../base/bytes.ts";
import type { BoxCipher } from "./box-cipher.ts";
import type { MasterKey } from "./master-key.ts";
import { nodeCipher } from "./node-cipher.ts";
import { opensslCipher } from "./openssl-native.ts";

const KEY: MasterKey = { encrypt: Buffer.alloc(32, 0x11), macK: Buffer.alloc(16, 0x22), macR: Buffer.alloc(16, 0x33) };
const SIZES = [0, 1, 15, 16, 17, 63, 64, 65, 1000, 4096, 131_071, 131_072, 131_073, 1 << 20];

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

function suite(name: string, cipher: BoxCipher | undefined): void {
  test(name, { skip: cipher === undefined && "this Node does not have it" }, async (t) => {
    if (cipher === undefined) return;
    await t.test("the tag is Poly1305-AES as published", () => {
      for (const { message, k, r, nonce, tag } of VECTORS) {
        const key = { ...KEY, macK: fromHex(k), macR: fromHex(r) };
        assert.equal(toHex(tagOf(cipher, key, fromHex(nonce), fromHex(message))), tag);
        assert.equal(toHex(tagOf(cipher, key, fromHex(nonce), fromHex(message))), tag, "and again with what was kept");
      }
    });

    await t.test("AES-256-CTR as in NIST SP 800-38A F.5.5, all four blocks, and across the counter's end", () => {
      const key = { ...KEY, encrypt: fromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4") };
      const plain =
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
      const sealed =
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";
      assert.equal(toHex(ctrOf(cipher, key, fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), fromHex(plain))), sealed);
      const end = Buffer.alloc(16, 0xff);
      const second = ctrOf(cipher, key, end, Buffer.alloc(32)).subarray(16);
      assert.deepEqual(Buffer.from(second), Buffer.from(ctrOf(cipher, key, Buffer.alloc(16), Buffer.alloc(16))));
    });

    await t.test("every size, in place and in shared memory, equals node:crypto elsewhere", () => {
      for (const size of SIZES) {
        const plain = randomBytes(size);
        const iv = randomBytes(16);
        const expected = Buffer.from(ctrOf(nodeCipher, KEY, iv, plain));
        assert.ok(expected.equals(ctrOf(cipher, KEY, iv, plain)), `${size} bytes`);
        const shared = new Uint8Array(new SharedArrayBuffer(size + 3)).subarray(3);
        shared.set(plain);
        cipher.ctr(KEY, iv, shared, shared);
        assert.ok(expected.equals(shared), `${size} bytes in place`);
        assert.equal(toHex(tagOf(cipher, KEY, iv, shared)), toHex(tagOf(nodeCipher, KEY, iv, expected)));
      }
    });

    await t.test("nothing is written behind the end, and a place that is too small is refused", () => {
      const to = Buffer.alloc(20, 7);
      cipher.ctr(KEY, Buffer.alloc(16, 1), Buffer.alloc(10), to);
      assert.ok(to.subarray(10).every((byte) => byte === 7));
      assert.throws(() => cipher.ctr(KEY, Buffer.alloc(16, 1), Buffer.alloc(10), to.subarray(0, 9)), RangeError);
    });

    await t.test("keys in turn do not disturb each other", () => {
      const other: MasterKey = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
      const iv = randomBytes(16);
      for (const key of [KEY, other, KEY, other]) {
        assert.deepEqual(tagOf(cipher, key, iv, iv), tagOf(nodeCipher, key, iv, iv));
        assert.deepEqual(Buffer.from(ctrOf(cipher, key, iv, iv)), Buffer.from(ctrOf(nodeCipher, key, iv, iv)));
      }
    });
  });
}

suite("node:crypto", nodeCipher);
suite("OpenSSL called directly", opensslCipher);

function tagOf(cipher: BoxCipher, key: MasterKey, nonce: Uint8Array, message: Uint8Array): Buffer {
  const tag = Buffer.alloc(16);
  cipher.tag(key, nonce, message, tag);
  return tag;
}

function ctrOf(cipher: BoxCipher, key: MasterKey, iv: Uint8Array, from: Uint8Array): Uint8Array {
  const to = Buffer.alloc(from.length);
  cipher.ctr(key, iv, from, to);
  return to;
}
