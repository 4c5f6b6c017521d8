import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { asId } from "../base/id.ts";
import { RANGE_GAP_MAX, RANGE_REQUEST_MAX } from "../base/limits.ts";
import { seededRandom } from "../base/testing.ts";
import type { PackedBlob } from "../format/blob.ts";
import { createBlobWriter } from "./packer.ts";
import { coalesce, streamPack } from "./stream-pack.ts";
import { memoryRepository, putBlob } from "./testing.ts";

const blob = (offset: number, length: number): PackedBlob => ({
  type: "data",
  id: asId<"blob">("a".repeat(64)),
  offset,
  length,
  uncompressedLength: 0,
});
const runs = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 200 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

test("every blob lies in exactly one request; none is too long or spans too wide a gap", () => {
  const pieces = fc.array(fc.record({ gap: fc.nat(3 * RANGE_GAP_MAX), length: fc.integer({ min: 33, max: 9_000_000 }) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(pieces, (list) => {
      let end = 0;
      const blobs = list.map(({ gap, length }) => {
        const made = blob(end + gap, length);
        end += gap + length;
        return made;
      });
      const ranges = coalesce([...blobs].reverse());
      assert.deepEqual(
        ranges.flatMap((range) => range.blobs),
        blobs,
      );
      for (const range of ranges) {
        const last = range.blobs.at(-1)!;
        assert.equal(range.offset, range.blobs[0]!.offset);
        assert.equal(range.offset + range.length, last.offset + last.length);
        assert.ok(range.length <= RANGE_REQUEST_MAX || range.blobs.length === 1);
        for (const [at, member] of range.blobs.entries()) {
          const next = range.blobs[at + 1];
          if (next !== undefined) assert.ok(next.offset - member.offset - member.length <= RANGE_GAP_MAX);
        }
      }
      for (const [at, range] of ranges.entries()) {
        const next = ranges[at + 1];
        if (next === undefined) continue;
        const gap = next.offset - range.offset - range.length;
        const joined = next.blobs[0]!.offset + next.blobs[0]!.length - range.offset;
        assert.ok(gap > RANGE_GAP_MAX || joined > RANGE_REQUEST_MAX, "neighbours are not torn apart for nothing");
      }
    }),
    runs,
  );
});

test("boxes of a pack come in order and open; one request serves them all", async () => {
  let gets = 0;
  const { repo } = await memoryRepository({
    wrap: (store) => ({
      ...store,
      get: (...args) => {
        gets++;
        return store.get(...args);
      },
    }),
  });
  const random = seededRandom("stream");
  const writer = createBlobWriter(repo);
  for (let k = 1; k <= 10; k++) await putBlob(repo, writer, "data", random(k * 100));
  await writer.flush();
  const [pack] = repo.index.packs();
  const wanted = repo.index.blobsOf(pack!).filter((_, at) => at % 3 !== 1);
  const seen: string[] = [];
  gets = 0;
  await streamPack(repo, pack!, [...wanted].reverse(), (one, box) => {
    repo.openBlob({ ...one, pack: pack! }, box);
    seen.push(one.id);
  });
  assert.deepEqual(
    seen,
    wanted.map(({ id }) => id),
  );
  assert.equal(gets, 1);
});
