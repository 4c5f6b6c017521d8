import { createRequire } from "node:module";
import { fromHex, toHex } from "../base/bytes.ts";
import type { BoxCipher } from "./box-cipher.ts";
import type { MasterKey } from "./master-key.ts";

// The OpenSSL inside the Node executable, called directly with contexts that are kept. node:crypto makes an object and new memory for
// each box: 15 KB are sealed in 9 µs against 16 µs, 500 bytes in 3 µs against 11 µs (bench/micro/crypto.ts). A call costs by the kind of its
// arguments 0.01 µs without any, 0.05 µs for a pointer or a number, 0.2 µs for a buffer; so contexts, keys and IVs lie in kept memory and
// go by pointer, and only the data goes as buffers.
// node:ffi is experimental and a build of Node may hide these symbols: then there is nothing here and node:crypto does the work.

const SIGNATURES = {
  EVP_CIPHER_fetch: { arguments: ["pointer", "string", "pointer"], return: "pointer" },
  EVP_CIPHER_CTX_new: { arguments: [], return: "pointer" },
  EVP_EncryptInit_ex2: { arguments: ["pointer", "pointer", "pointer", "pointer", "pointer"], return: "i32" },
  EVP_EncryptUpdate: { arguments: ["pointer", "buffer", "pointer", "buffer", "i32"], return: "i32" },
  // Without the wrappers of EVP_MAC, a third of the price: 0.4 µs against 1.4 µs for 500 bytes.
  Poly1305_ctx_size: { arguments: [], return: "u64" },
  Poly1305_Init: { arguments: ["pointer", "pointer"], return: "void" },
  Poly1305_Update: { arguments: ["pointer", "buffer", "u64"], return: "void" },
  Poly1305_Final: { arguments: ["pointer", "pointer"], return: "void" },
} as const;
/** The same function as above, all pointers. */
const BLOCK_SIGNATURE = { EVP_EncryptUpdate: { arguments: ["pointer", "pointer", "pointer", "pointer", "i32"], return: "i32" } } as const;

type Ffi = typeof import("node:ffi");
type Openssl = ReturnType<typeof import("node:ffi").dlopen<typeof SIGNATURES>>["functions"];
type Block = ReturnType<typeof import("node:ffi").dlopen<typeof BLOCK_SIGNATURE>>["functions"];

const BLOCK = 16;
/** Lengths are C's int there. */
const PIECE_MAX = 1 << 30;
/** Kept memory: the IV or nonce, the one-time key (macR ‖ encrypted nonce), a key being set, a length, a tag, then Poly1305's state. */
const AT = { iv: 0, oneTimeKey: 16, key: 48, length: 80, tag: 96, poly1305: 128 } as const;

export const opensslCipher: BoxCipher | undefined = bind();

function bind(): BoxCipher | undefined {
  try {
    const ffi: Ffi = createRequire(import.meta.url)("node:ffi");
    const cipher = wrap(ffi, ffi.dlopen(null, SIGNATURES).functions, ffi.dlopen(null, BLOCK_SIGNATURE).functions);
    return knowsItsArt(cipher) ? cipher : undefined;
  } catch {
    return undefined;
  }
}

function wrap(ffi: Ffi, openssl: Openssl, block: Block): BoxCipher {
  const kept = Buffer.alloc(AT.poly1305 + Number(openssl.Poly1305_ctx_size()));
  const base = ffi.getRawPointer(kept);
  const at = {
    iv: base + BigInt(AT.iv),
    encryptedNonce: base + BigInt(AT.oneTimeKey + BLOCK),
    oneTimeKey: base + BigInt(AT.oneTimeKey),
    key: base + BigInt(AT.key),
    length: base + BigInt(AT.length),
    tag: base + BigInt(AT.tag),
    poly1305: base + BigInt(AT.poly1305),
  };
  const tagView = kept.subarray(AT.tag, AT.tag + BLOCK);
  const aes256ctr = fetched(openssl, "AES-256-CTR");
  const aes128ecb = fetched(openssl, "AES-128-ECB");
  const stream = wanted(openssl.EVP_CIPHER_CTX_new());
  const nonces = wanted(openssl.EVP_CIPHER_CTX_new());
  let keyed: MasterKey | undefined;

  /** The contexts hold one key at a time; a process seldom has two. */
  function useKey(key: MasterKey): void {
    if (keyed === key) return;
    keyed = undefined;
    kept.set(key.encrypt, AT.key);
    check(openssl.EVP_EncryptInit_ex2(stream, aes256ctr, at.key, at.iv, 0n));
    kept.set(key.macK, AT.key);
    check(openssl.EVP_EncryptInit_ex2(nonces, aes128ecb, at.key, 0n, 0n));
    kept.fill(0, AT.key, AT.key + 32);
    kept.set(key.macR, AT.oneTimeKey);
    keyed = key;
  }

  return {
    ctr: (key, iv, from, to) => {
      if (to.length < from.length) throw new RangeError(`${from.length} bytes do not fit into ${to.length}`);
      if (from.length === 0) return;
      useKey(key);
      kept.set(iv, AT.iv);
      check(openssl.EVP_EncryptInit_ex2(stream, 0n, 0n, at.iv, 0n));
      if (from.length <= PIECE_MAX) check(openssl.EVP_EncryptUpdate(stream, to, at.length, from, from.length));
      else {
        for (let offset = 0; offset < from.length; offset += PIECE_MAX) {
          const piece = from.subarray(offset, offset + PIECE_MAX);
          check(openssl.EVP_EncryptUpdate(stream, to.subarray(offset), at.length, piece, piece.length));
        }
      }
    },

    tag: (key, nonce, message, tag) => {
      useKey(key);
      kept.set(nonce, AT.iv);
      check(block.EVP_EncryptUpdate(nonces, at.encryptedNonce, at.length, at.iv, BLOCK));
      openssl.Poly1305_Init(at.poly1305, at.oneTimeKey);
      if (message.length > 0) openssl.Poly1305_Update(at.poly1305, message, BigInt(message.length));
      openssl.Poly1305_Final(at.poly1305, at.tag);
      tag.set(tagView);
    },
  };
}

function fetched(openssl: Openssl, name: string): bigint {
  return wanted(openssl.EVP_CIPHER_fetch(0n, name, 0n));
}

function wanted(pointer: bigint): bigint {
  if (pointer === 0n) throw new Error("OpenSSL has no such thing");
  return pointer;
}

function check(result: number): void {
  if (result !== 1) throw new Error("OpenSSL refused to encrypt");
}

/** Another build of the library may mean something else by these names; so it proves itself: the last vector of Bernstein's paper, appendix B, and NIST SP 800-38A F.5.5. */
function knowsItsArt(cipher: BoxCipher): boolean {
  const key = {
    encrypt: fromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
    macK: fromHex("6acb5f61a7176dd320c5c1eb2edcdc74"),
    macR: fromHex("48443d0bb0d21109c89a100b5ce2c208"),
  };
  const tag = Buffer.alloc(BLOCK);
  cipher.tag(
    key,
    fromHex("ae212a55399729595dea458bc621ff0e"),
    fromHex("663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136"),
    tag,
  );
  const encrypted = Buffer.alloc(BLOCK);
  cipher.ctr(key, fromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), fromHex("6bc1bee22e409f96e93d7e117393172a"), encrypted);
  return toHex(tag) === "0ee1c16bb73f0f4fd19881753c01cdbe" && toHex(encrypted) === "601ec313775789a5b7a7f504bbf3d228";
}
