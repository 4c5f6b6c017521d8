import assert from "node:assert/strict";
import { test } from "node:test";
import { asId, type BlobId } from "../../base/id.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { utf8 } from "../../base/bytes.ts";
import { memoryRepository } from "../../repo/testing.ts";
import { makeSnapshot } from "../testing.ts";
import { Blobs } from "./blobs.ts";

test("each blob has one number, however many there are and whatever their ids begin with", async () => {
  const { repo } = await memoryRepository();
  await makeSnapshot(repo, { a: { parts: ["known"] } });
  const blobs = new Blobs(repo.index, undefined, 0);
  const ids = Array.from({ length: 5000 }, (_, i) =>
    asId<"blob">(`${(i % 7).toString(16).padStart(8, "0")}${sha256Hex(utf8(`${i}`)).slice(8)}`),
  );
  const known: BlobId = asId(sha256Hex(utf8("known")));
  for (const [i, id] of ids.entries()) assert.equal(blobs.numberOf(id), i);
  for (const [i, id] of ids.entries()) assert.deepEqual([blobs.numberOf(id), blobs.idOf(i), blobs.lengthOf(i)], [i, id, 0]);
  assert.equal(blobs.unreadable(17)?.kind, "none");
  const number = blobs.numberOf(known);
  assert.deepEqual([number, blobs.lengthOf(number), blobs.unreadable(number)], [5000, 5, undefined]);
});
