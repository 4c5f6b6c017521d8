import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import fc from "fast-check";
import { SlowRabin } from "./reference.ts";
import { RabinScanner, WINDOW } from "./scanner.ts";

const POLYNOMIALS = [0x3da3358b4dc173n, 0x2482734cacca49n];
const seed = Number(process.env["FIRN_TEST_SEED"] ?? 7);
const numRuns = 40 * Number(process.env["FIRN_TEST_RUNS"] ?? 1);

function slowFind(data: Uint8Array, polynomial: bigint, from: number, to: number, mask: bigint): number {
  const rabin = new SlowRabin(polynomial);
  for (let at = from - WINDOW; at < to; at++) {
    rabin.slide(data[at] ?? 0);
    if (at + 1 >= from && (rabin.digest & mask) === 0n) return at + 1;
  }
  return -1;
}

/** Bytes from a small generator, so that a failing case is a seed and not a dump. */
function noise(length: number, state: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

test("the kernel finds the same cut as the reference", () => {
  const scanners = POLYNOMIALS.map((polynomial) => new RabinScanner(polynomial, 100_000));
  fc.assert(
    fc.property(
      fc.nat(1),
      fc.nat(0xffff_ffff),
      fc.integer({ min: 64, max: 5000 }),
      fc.nat(60_000),
      fc.integer({ min: 0, max: 17 }),
      (which, state, from, span, bits) => {
        const scanner = scanners[which]!;
        const data = noise(from + span, state);
        scanner.bytes.set(data);
        const mask = (1n << BigInt(bits)) - 1n;
        assert.equal(scanner.find(from, from + span, mask), slowFind(data, POLYNOMIALS[which]!, from, from + span, mask));
      },
    ),
    { seed, numRuns },
  );
});

test("a cut at every place around the lanes' borders is the one found", () => {
  const polynomial = POLYNOMIALS[0]!;
  const scanner = new RabinScanner(polynomial, 200_000);
  // Sixty-four zero bytes hash to 0 and noise practically never does under a wide mask: plant the only cut.
  const mask = (1n << 40n) - 1n;
  const from = 100;
  for (const cut of [100, 101, 8291, 8292, 8293, 16_484, 24_676, 32_867, 32_868, 32_869, 65_636, 70_000]) {
    scanner.bytes.set(noise(70_000, cut));
    scanner.bytes[cut - WINDOW - 1] = 1;
    scanner.bytes.fill(0, cut - WINDOW, cut);
    scanner.bytes[cut] = 1;
    assert.equal(scanner.find(from, 70_000, mask), cut);
    assert.equal(scanner.find(from, cut - 1, mask), -1);
    if (cut < 70_000) assert.equal(scanner.find(cut + 1, 70_000, mask), -1);
  }
});

test("positions outside the memory are refused", () => {
  const scanner = new RabinScanner(POLYNOMIALS[0]!, 1000);
  assert.throws(() => scanner.find(63, 100, 1n), RangeError);
  assert.throws(() => scanner.find(64, 1001, 1n), RangeError);
  assert.equal(scanner.find(200, 199, 1n), -1);
});

test("a rebuild of the kernel gives the committed bytes", () => {
  const script = fileURLToPath(new URL("../../../scripts/build-kernel", import.meta.url));
  assert.match(execFileSync(process.execPath, [script, "--check"], { encoding: "utf8" }), /up to date/);
});
