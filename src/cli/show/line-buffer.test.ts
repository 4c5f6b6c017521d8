import assert from "node:assert/strict";
import { test } from "node:test";
import type { Terminal } from "../terminal.ts";
import { LineBuffer } from "./line-buffer.ts";

test("lines go out in blocks, in order and whole, and a slow reader is waited for", async () => {
  const blocks: Buffer[] = [];
  let drains = 0;
  const terminal: Terminal = {
    write: (text) => void blocks.push(Buffer.from(text)),
    writeBytes: (bytes) => void blocks.push(Buffer.from(bytes)),
    isTTY: false,
    columns: 80,
    drain: async () => void drains++,
  };
  const buffer = new LineBuffer(terminal);
  let expected = "";
  let waits = 0;
  for (let n = 0; n < 20_000; n++) {
    const line = n === 777 ? `${"long ".repeat(30_000)}\n` : `line ${n} ü\n`;
    expected += line;
    const full = buffer.write(n % 2 === 0 ? line : Buffer.from(line));
    if (full !== undefined) waits++;
    await full;
  }
  await buffer.flush();
  assert.equal(Buffer.concat(blocks).toString(), expected);
  assert.ok(blocks.length < 20, `${blocks.length} blocks`);
  assert.equal(drains, waits + 1);
  await buffer.flush();
  assert.equal(Buffer.concat(blocks).toString(), expected);
});
