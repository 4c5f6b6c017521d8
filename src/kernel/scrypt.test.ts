import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { deriveKey, NEW_KEY_PARAMS } from "./scrypt.ts";

const salt = Buffer.alloc(64, 9);

test("64 bytes split into encrypt, mac.k and mac.r", async () => {
  const key = await deriveKey(utf8("pass"), { N: 1024, r: 8, p: 2, salt });
  assert.deepEqual(concatBytes([key.encrypt, key.macK, key.macR]), scryptSync("pass", salt, 64, { N: 1024, r: 8, p: 2 }));
  assert.deepEqual([key.encrypt.length, key.macK.length, key.macR.length], [32, 16, 16]);
});

test("the parameters of new keys give what OpenSSL gives", async () => {
  const { N, r, p } = NEW_KEY_PARAMS;
  const key = await deriveKey(utf8("pass"), { N, r, p, salt });
  assert.deepEqual(concatBytes([key.encrypt, key.macK, key.macR]), scryptSync("pass", salt, 64, { N, r, p, maxmem: 64 * 1024 * 1024 }));
});

test("where no thread may be started OpenSSL does it", () => {
  const script = `
    const { deriveKey } = await import(${JSON.stringify(new URL("./scrypt.ts", import.meta.url).href)});
    const key = await deriveKey(Buffer.from("pass"), { N: 32768, r: 8, p: 2, salt: Buffer.alloc(64, 9) });
    process.stdout.write(Buffer.from(key.encrypt).toString("hex"));`;
  const flags = ["--permission", "--allow-fs-read=*", "--input-type=module", "--no-warnings"];
  const encrypt = execFileSync(process.execPath, [...flags, "--eval", script], { encoding: "utf8" });
  assert.equal(encrypt, scryptSync("pass", salt, 32, { N: 32_768, r: 8, p: 2, maxmem: 64 * 1024 * 1024 }).toString("hex"));
});

test("parameters that make no sense or ask for too much are refused", async () => {
  const good = { N: 1024, r: 8, p: 1, salt };
  for (const [change, message] of [
    [{ N: 1000 }, /power of two/],
    [{ N: 1 }, /power of two/],
    [{ N: 0 }, /power of two/],
    [{ N: 2 ** 30 }, /memory/],
    [{ r: 0 }, /r = 0/],
    [{ r: 2 ** 40 }, /memory/],
    [{ p: 0 }, /p = 0/],
    [{ p: 1e6 }, /p = 1000000/],
    [{ salt: Buffer.alloc(32) }, /salt has 32 bytes/],
  ] as const) {
    await assert.rejects(deriveKey(utf8("x"), { ...good, ...change }), message);
  }
});
