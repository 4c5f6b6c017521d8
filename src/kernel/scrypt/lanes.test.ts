import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../base/bytes.ts";
import { MIB, SCRYPT_EXTRA_BYTES_MAX } from "../../base/limits.ts";
import { NEW_KEY_PARAMS } from "../scrypt.ts";
import { laneThreads, scryptInThreads } from "./lanes.ts";

const seed = Number(process.env["FIRN_TEST_SEED"] ?? 7);
const numRuns = 12 * Number(process.env["FIRN_TEST_RUNS"] ?? 1);

/** RFC 7914 §12; the fourth needs 1 GiB. */
const VECTORS = [
  [
    "",
    "",
    16,
    1,
    1,
    "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
  ],
  [
    "password",
    "NaCl",
    1024,
    8,
    16,
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
  ],
  [
    "pleaseletmein",
    "SodiumChloride",
    16384,
    8,
    1,
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
  ],
] as const;

for (const [password, salt, N, r, p, key] of VECTORS) {
  for (const widths of [[1], [2], [2, 1]]) {
    test(`RFC 7914: ${password === "" ? "nothing" : password}, lanes at once: ${widths.join(" + ")}`, async () => {
      const derived = await scryptInThreads(utf8(password), utf8(salt), 64, { N, r, p }, widths);
      assert.equal(derived?.toString("hex"), key);
    });
  }
}

test("the same as OpenSSL, whatever the cost and the threads", async () => {
  const cost = fc.record({
    N: fc.integer({ min: 1, max: 11 }).map((n) => 2 ** n),
    r: fc.integer({ min: 1, max: 9 }),
    p: fc.integer({ min: 1, max: 7 }),
  });
  const bytes = fc.uint8Array({ maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(cost, bytes, bytes, fc.constantFrom([1], [2], [1, 1], [2, 1], [2, 2]), async (cost, password, salt, widths) => {
      const derived = await scryptInThreads(password, salt, 48, cost, widths);
      assert.deepEqual(derived, scryptSync(password, salt, 48, cost));
    }),
    { seed, numRuns },
  );
});

test("threads are used where they pay and memory allows", () => {
  assert.deepEqual(laneThreads(NEW_KEY_PARAMS, 2), [2, 1]);
  assert.deepEqual(laneThreads(NEW_KEY_PARAMS, 64), [2, 1]);
  assert.deepEqual(laneThreads(NEW_KEY_PARAMS, 1), [2]);
  assert.deepEqual(laneThreads({ N: 16_384, r: 8, p: 12 }, 2), [2, 2]);
  assert.deepEqual(laneThreads({ ...NEW_KEY_PARAMS, p: 2 }, 2), [2]);
  // One lane; hardly any work; lanes that are too large.
  assert.deepEqual(laneThreads({ N: 65_536, r: 8, p: 1 }, 2), []);
  assert.deepEqual(laneThreads({ N: 1024, r: 8, p: 4 }, 2), []);
  assert.deepEqual(laneThreads({ N: 131_072, r: 8, p: 4 }, 2), []);
  for (const N of [2 ** 13, 2 ** 15, 2 ** 16, 2 ** 19]) {
    for (const p of [1, 2, 3, 50]) {
      const lane = 128 * N * 8;
      const atOnce = laneThreads({ N, r: 8, p }, 8).reduce((sum, width) => sum + width, 0);
      assert.ok(atOnce === 0 || (atOnce <= p && (atOnce - 1) * lane <= SCRYPT_EXTRA_BYTES_MAX), `${atOnce} × ${lane / MIB} MiB`);
    }
  }
});
