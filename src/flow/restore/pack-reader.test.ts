import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { RESTORE_READ_WINDOW } from "../../base/limits.ts";
import { boxesIn, PackReader, UnreadableError } from "./pack-reader.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "firn-pack-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const LENGTH = 3 * RESTORE_READ_WINDOW + 17;
const bytes = Buffer.from(Array.from({ length: LENGTH }, (_, at) => (at * 7 + (at >> 8)) & 0xff));

/** Small ones, one across the edge of a window, one larger than it, one behind a gap. */
const BOXES = [
  [0, 100],
  [100, 1],
  [RESTORE_READ_WINDOW - 50, 100],
  [RESTORE_READ_WINDOW + 50, RESTORE_READ_WINDOW + 1],
  [LENGTH - 10, 10],
] as const;

test("boxes come out of a file as they come out of its bytes", () => {
  const path = join(folder, "pack");
  writeFileSync(path, bytes);
  const reader = new PackReader();
  for (let round = 0; round < 2; round++) {
    const boxes = reader.open(path, LENGTH);
    const same = boxesIn(bytes.subarray(5), 5);
    for (const [offset, length] of BOXES) assert.ok(Buffer.from(boxes.at(offset, length)).equals(bytes.subarray(offset, offset + length)));
    assert.ok(Buffer.from(same.at(100, 7)).equals(bytes.subarray(100, 107)));
    boxes.close();
  }
});

test("a file that is gone or too short is given up, with what came before it read", () => {
  const reader = new PackReader();
  assert.throws(() => reader.open(join(folder, "nothing"), 10), UnreadableError);
  const path = join(folder, "short");
  writeFileSync(path, bytes.subarray(0, 150));
  const boxes = reader.open(path, LENGTH);
  assert.ok(Buffer.from(boxes.at(0, 100)).equals(bytes.subarray(0, 100)));
  assert.throws(() => boxes.at(100, 51), UnreadableError);
  assert.throws(() => boxes.at(200, 10), UnreadableError);
  boxes.close();
});
