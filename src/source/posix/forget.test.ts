import assert from "node:assert/strict";
import { test } from "node:test";
import { forget } from "./libc.ts";

test("memory that is forgotten can be written again; what lies around it is left alone", () => {
  const memory = new Uint8Array(new SharedArrayBuffer(1 << 20)).fill(7);
  forget(memory.subarray(5000, 500_001));
  assert.ok(memory.subarray(0, 5000).every((byte) => byte === 7));
  assert.ok(memory.subarray(500_001).every((byte) => byte === 7));
  if (process.platform === "linux") assert.equal(memory[100_000], 0);
  memory.fill(9);
  assert.ok(memory.every((byte) => byte === 9));
  forget(new Uint8Array(new SharedArrayBuffer(10)));
});
