import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { BOX_OVERHEAD, IV_LENGTH, openInto, sealInto } from "../../src/kernel/box.ts";
import type { BoxCipher } from "../../src/kernel/box-cipher.ts";
import { nativeChecksum } from "../../src/kernel/checksum.ts";
import { sha256Hex, sha256Into } from "../../src/kernel/hash.ts";
import type { MasterKey } from "../../src/kernel/master-key.ts";
import { nodeCipher } from "../../src/kernel/node-cipher.ts";
import { opensslCipher } from "../../src/kernel/openssl-native.ts";
import { MicroTable } from "./table.ts";

/** Hashing and sealing (kernel/hash, kernel/box): what a blob costs by its size, node:crypto against OpenSSL called directly. */
const KEY: MasterKey = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
const IV = randomBytes(16);
const SIZES = [
  ["500 bytes", 500],
  ["15 KB", 15_000],
  ["1 MB", 1_000_000],
] as const;

for (const [name, length] of SIZES) {
  const plain = Buffer.from(new SharedArrayBuffer(length));
  plain.set(randomBytes(length));
  const box = Buffer.from(new SharedArrayBuffer(length + BOX_OVERHEAD));
  const content = box.subarray(IV_LENGTH, IV_LENGTH + length);
  const short = Buffer.alloc(32);
  const table = new MicroTable(name);
  table.each("SHA-256, as hex", 1, () => sha256Hex(plain), "µs");
  table.each("SHA-256, into place", 1, () => sha256Into(plain, short), "µs");
  table.each("SHA-256, createHash", 1, () => short.set(createHash("sha256").update(plain).digest()), "µs");
  table.each("checksum CRC-32", 1, () => crc32(plain), "µs");
  if (nativeChecksum !== undefined) table.each("checksum XXH64", 1, () => nativeChecksum!(plain), "µs");
  for (const [maker, cipher] of [
    ["node:crypto", nodeCipher],
    ["OpenSSL", opensslCipher],
  ] as readonly (readonly [string, BoxCipher | undefined])[]) {
    if (cipher === undefined) continue;
    table.each(`AES-256-CTR, ${maker}`, 1, () => cipher.ctr(KEY, IV, plain, content), "µs");
    table.each(`Poly1305-AES, ${maker}`, 1, () => cipher.tag(KEY, IV, content, short), "µs");
  }
  table.each("seal into place", 1, () => sealInto(KEY, IV, plain, box), "µs");
  table.each("open into place", 1, () => openInto(KEY, box, plain), "µs");
  table.print();
}
