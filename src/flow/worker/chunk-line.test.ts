import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../base/bytes.ts";
import { Chunker, CHUNK_MIN } from "../../kernel/chunker.ts";
import { sha256Hex, sha256Into } from "../../kernel/hash.ts";
import { ChunkBoard } from "./chunk-board.ts";
import { ChunkLine } from "./chunk-line.ts";
import { Signals } from "./signals.ts";
import type { Workbench } from "./workbench.ts";

const POLYNOMIAL = 0x3da3358b4dc173n;

/** Knows ids and keeps nothing. */
const bench = {
  add: (_type, plaintext, id) => {
    sha256Into(plaintext, id);
    return 1;
  },
} as Workbench;

function readZeros(line: ChunkLine, bytes: number, ended: boolean): void {
  for (let left = bytes; left > 0;) {
    const piece = line.space().subarray(0, left);
    piece.fill(0);
    left -= piece.length;
    line.commit(piece.length, ended && left === 0);
  }
}

test("what was taken back of a file that could not be read on says nothing about the next one's zeros", () => {
  const board = new ChunkBoard(ChunkBoard.create(1), new Signals(Signals.create(0)));
  const line = new ChunkLine(new Chunker(POLYNOMIAL), board, 0);
  line.begin();
  readZeros(line, 3 * CHUNK_MIN, false);
  assert.equal(line.abandon(), true);
  line.begin();
  readZeros(line, 3 * CHUNK_MIN, true);
  while (!line.isEmpty) {
    line.workOnOne(bench);
    line.collect();
  }
  assert.equal(toHex(line.content()), sha256Hex(new Uint8Array(CHUNK_MIN)).repeat(3));
});
