import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { solidRuns } from "./hole-writer.ts";

const options = { numRuns: 200 * Number(process.env["FIRN_TEST_RUNS"] ?? 1), seed: Number(process.env["FIRN_TEST_SEED"] ?? 11) };

test("the runs, written over zeros, give the bytes back; what is left out is whole blocks of zeros", () => {
  const stretch = fc.record({ length: fc.nat(9000), byte: fc.constantFrom(0, 0, 1) });
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 6 }), fc.nat(10_000), (stretches, fileOffset) => {
      const bytes = Buffer.concat(stretches.map(({ length, byte }) => Buffer.alloc(length, byte)));
      const written = Buffer.alloc(bytes.length);
      let solid = 0;
      for (const { start, end } of solidRuns(bytes, fileOffset)) {
        bytes.copy(written, start, start, end);
        solid += end - start;
        assert.ok(start === 0 || (fileOffset + start) % 4096 === 0);
        assert.ok(end === bytes.length || (fileOffset + end) % 4096 === 0);
      }
      assert.deepEqual(written, bytes);
      if (bytes.every((byte) => byte === 0)) assert.equal(solid, 0);
    }),
    options,
  );
});

test("bytes without zeros are one run", () => {
  assert.deepEqual([...solidRuns(Buffer.alloc(20_000, 1), 77)], [{ start: 0, end: 20_000 }]);
});
