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

/** Sixty-four zero bytes hash to 0, and noise practically never does under a wide mask: plants a cut. */
function plant(bytes: Uint8Array, cut: number): void {
  bytes[cut - WINDOW - 1] = 1;
  bytes.fill(0, cut - WINDOW, cut);
  bytes[cut] = 1;
}

const WIDE_MASK = (1n << 40n) - 1n;
/** Sixteen lanes of so many bytes in a round (assembly/rabin.as.ts); what is left is shared out in steps of 1024 bytes. */
const STRIDE = 49 * 64;

test("a cut at every place around the lanes' borders is the one found", () => {
  const [from, to] = [100, 70_000];
  const scanner = new RabinScanner(POLYNOMIALS[0]!, to);
  const round = from + 16 * STRIDE;
  const rest = Math.floor((to - round) / 1024) * 64;
  const borders = [from, ...lanes(from, STRIDE), ...lanes(round, rest), to - 500, to];
  for (const cut of borders.flatMap((at) => [at - 1, at, at + 1]).filter((at) => at >= from && at <= to)) {
    scanner.bytes.set(noise(to, cut));
    plant(scanner.bytes, cut);
    assert.equal(scanner.find(from, to, WIDE_MASK), cut);
    if (cut > from) assert.equal(scanner.find(from, cut - 1, WIDE_MASK), -1);
    if (cut < to) assert.equal(scanner.find(cut + 1, to, WIDE_MASK), -1);
  }
});

test("of several cuts the first is found, however early a later lane meets its own", () => {
  const [from, to] = [64, 64 + 16 * STRIDE];
  const scanner = new RabinScanner(POLYNOMIALS[1]!, to + 1);
  for (const cuts of [
    [from + 3 * STRIDE - 10, from + 5 * STRIDE + 200, from + 15 * STRIDE + 100],
    [from + STRIDE, from + STRIDE + 200, from + 2 * STRIDE + 1],
    [from + 2000, from + 9 * STRIDE + 100, from + 10 * STRIDE + 100, from + 12 * STRIDE + 100],
  ]) {
    scanner.bytes.set(noise(to, 3));
    for (const cut of cuts) plant(scanner.bytes, cut);
    assert.equal(scanner.find(from, to, WIDE_MASK), cuts[0]);
  }
});

function lanes(base: number, stride: number): number[] {
  return Array.from({ length: 16 }, (_, lane) => base + (lane + 1) * stride);
}

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
