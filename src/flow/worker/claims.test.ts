import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import type { Bytes } from "../../base/bytes.ts";
import { Claims } from "./claims.ts";

function idOf(text: string): Bytes {
  return createHash("sha256").update(text).digest();
}

test("a claim is granted once, for each type by itself, whoever asks", () => {
  const handle = Claims.create(1000);
  const one = Claims.attach(handle);
  const other = Claims.attach(handle);
  assert.equal(one.claim("data", idOf("a")), true);
  assert.equal(other.claim("data", idOf("a")), false);
  assert.equal(other.claim("tree", idOf("a")), true);
  assert.equal(one.claim("tree", idOf("a")), false);
  assert.equal(one.claim("data", idOf("b")), true);
  assert.equal(one.length, 3);
});

test("claims are kept while the lists grow, also with ids that share their beginning", () => {
  const claims = Claims.attach(Claims.create(40_000));
  const ids = Array.from({ length: 20_000 }, (_, k) => idOf(String(k)));
  for (const [k, id] of ids.entries()) if (k % 4 === 0) id.fill(7, 0, 28);
  for (const [k, id] of ids.entries()) assert.equal(claims.claim(k % 2 === 0 ? "data" : "tree", id), true, String(k));
  for (const [k, id] of ids.entries()) assert.equal(claims.claim(k % 2 === 0 ? "data" : "tree", id), false, String(k));
});

test("claims beyond the room are granted again and again: stored twice, never not at all", () => {
  const claims = Claims.attach(Claims.create(2));
  assert.equal(claims.claim("data", idOf("a")), true);
  assert.equal(claims.claim("data", idOf("b")), true);
  assert.equal(claims.claim("data", idOf("c")), true);
  assert.equal(claims.claim("data", idOf("c")), true);
  assert.equal(claims.claim("data", idOf("a")), false);
});

test("threads that claim the same ids at the same time get each of them once between them", async () => {
  const handle = Claims.create(100_000);
  const granted = await Promise.all([1, 2, 3].map((thread) => claimInThread(handle, thread)));
  assert.equal(
    granted.reduce((a, b) => a + b, 0),
    30_000,
  );
  assert.equal(Claims.attach(handle).length, 30_000);
});

function claimInThread(handle: ReturnType<typeof Claims.create>, thread: number): Promise<number> {
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    const { createHash } = require("node:crypto");
    import(workerData.module).then(({ Claims }) => {
      const claims = Claims.attach(workerData.handle);
      let granted = 0;
      for (let k = 0; k < 30000; k++) {
        const id = createHash("sha256").update(String((k * 7 + workerData.thread * 1000) % 30000)).digest();
        if (claims.claim("data", id)) granted++;
      }
      parentPort.postMessage(granted);
    });`;
  const worker = new Worker(source, { eval: true, workerData: { handle, thread, module: new URL("./claims.ts", import.meta.url).href } });
  return new Promise((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", reject);
  });
}
