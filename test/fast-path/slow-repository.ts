import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { createCipheriv, createDecipheriv, createHash, scryptSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";

// A repository in a folder, read by restic-format §1 to §4 with Node's primitives and nothing of the program. Whatever is not as written there fails.

interface Mac {
  update(bytes: Uint8Array): unknown;
  final(): Buffer;
}

/** Not in @types/node yet. */
const macs = crypto as unknown as { createMac(name: "poly1305", key: Uint8Array): Mac };

const BOX_OVERHEAD = 32;
const TAG = 16;

interface Keys {
  readonly encrypt: Buffer;
  readonly macK: Buffer;
  readonly macR: Buffer;
}

export interface SlowBlob {
  readonly type: "data" | "tree";
  readonly id: string;
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  /** 0: not compressed. */
  readonly uncompressedLength: number;
  readonly plaintext: Buffer;
}

export interface SlowRepository {
  readonly polynomial: bigint;
  readonly version: number;
  readonly blobs: readonly SlowBlob[];
  /** By the order of their time. */
  readonly snapshots: readonly { readonly tree: string; readonly time: string }[];
}

export function readRepository(folder: string, password: string, packSize: number): SlowRepository {
  const keys = masterKey(folder, password);
  const config = JSON.parse(openBox(keys, readFileSync(join(folder, "config"))).toString());
  const blobs = namedFiles(join(folder, "data")).flatMap(({ name, bytes }) => readPack(keys, name, bytes, packSize));
  checkIndex(folder, keys, blobs);
  const snapshots = namedFiles(join(folder, "snapshots")).map(({ bytes }) => JSON.parse(unpacked(keys, bytes).toString()));
  snapshots.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  return { polynomial: BigInt(`0x${config.chunker_polynomial}`), version: config.version, blobs, snapshots };
}

/** §1.1 */
function masterKey(folder: string, password: string): Keys {
  const [file] = namedFiles(join(folder, "keys"));
  const { N, r, p, salt, data } = JSON.parse(file!.bytes.toString());
  const derived = scryptSync(password, Buffer.from(salt, "base64"), 64, { N, r, p, maxmem: 2 ** 30 });
  const wrap: Keys = { encrypt: derived.subarray(0, 32), macK: derived.subarray(32, 48), macR: derived.subarray(48) };
  const { mac, encrypt } = JSON.parse(openBox(wrap, Buffer.from(data, "base64")).toString());
  return { encrypt: Buffer.from(encrypt, "base64"), macK: Buffer.from(mac.k, "base64"), macR: Buffer.from(mac.r, "base64") };
}

/** Every file below a folder; each is named by its own hash (§0). */
function namedFiles(folder: string): { name: string; bytes: Buffer }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      assert.equal(sha256(bytes), entry.name, `${entry.name} is named by its hash`);
      return { name: entry.name, bytes };
    });
}

/** §1 */
function openBox({ encrypt, macK, macR }: Keys, box: Buffer): Buffer {
  assert.ok(box.length >= BOX_OVERHEAD);
  const [iv, ciphertext, tag] = [box.subarray(0, 16), box.subarray(16, -TAG), box.subarray(-TAG)];
  assert.ok(
    iv.some((byte) => byte !== 0),
    "the IV is random",
  );
  const aes = createCipheriv("aes-128-ecb", macK, null).setAutoPadding(false);
  const mac = macs.createMac("poly1305", Buffer.concat([macR, aes.update(iv)]));
  mac.update(ciphertext);
  assert.deepEqual(mac.final(), tag, "the tag is right");
  return createDecipheriv("aes-256-ctr", encrypt, iv).update(ciphertext);
}

/** §2 */
function unpacked(keys: Keys, file: Buffer): Buffer {
  const payload = openBox(keys, file);
  return payload[0] === 2 ? zstdDecompressSync(payload.subarray(1)) : payload;
}

/** §3 */
function readPack(keys: Keys, pack: string, file: Buffer, packSize: number): SlowBlob[] {
  const headerLength = file.readUInt32LE(file.length - 4);
  const boxesEnd = file.length - 4 - headerLength;
  const header = openBox(keys, file.subarray(boxesEnd, -4));
  const blobs: SlowBlob[] = [];
  let offset = 0;
  for (let at = 0; at < header.length;) {
    const kind = header[at]!;
    assert.ok(kind < 4, `blob type ${kind}`);
    const compressed = kind >= 2;
    const length = header.readUInt32LE(at + 1);
    const uncompressedLength = compressed ? header.readUInt32LE(at + 5) : 0;
    const idAt = at + (compressed ? 9 : 5);
    const id = header.subarray(idAt, idAt + 32).toString("hex");
    assert.ok(offset < packSize, `pack ${pack} was full before blob ${blobs.length}`);
    const payload = openBox(keys, file.subarray(offset, offset + length));
    const plaintext = compressed ? zstdDecompressSync(payload) : payload;
    assert.equal(plaintext.length, compressed ? uncompressedLength : length - BOX_OVERHEAD);
    assert.equal(sha256(plaintext), id, "a blob is named by its hash");
    blobs.push({ type: kind % 2 === 0 ? "data" : "tree", id, pack, offset, length, uncompressedLength, plaintext });
    offset += length;
    at = idAt + 32;
  }
  assert.equal(offset, boxesEnd, "boxes stand side by side up to the header");
  assert.equal(new Set(blobs.map(({ type }) => type)).size, 1, "trees and data have packs of their own");
  return blobs;
}

/** §4: the index says of each blob what the packs say, and nothing else. */
function checkIndex(folder: string, keys: Keys, blobs: readonly SlowBlob[]): void {
  const indexed: string[] = namedFiles(join(folder, "index")).flatMap(({ bytes }) => {
    const text = unpacked(keys, bytes).toString();
    assert.ok(text.endsWith("]}\n"));
    return JSON.parse(text).packs.flatMap((pack: { id: string; blobs: Record<string, unknown>[] }) =>
      pack.blobs.map((blob) => line(pack.id, blob["type"], blob["id"], blob["offset"], blob["length"], blob["uncompressed_length"] ?? 0)),
    );
  });
  const packed: string[] = blobs.map((blob) => line(blob.pack, blob.type, blob.id, blob.offset, blob.length, blob.uncompressedLength));
  assert.deepEqual(indexed.toSorted(), packed.toSorted());
}

function line(...parts: unknown[]): string {
  return parts.join(" ");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
