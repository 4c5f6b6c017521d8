import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/testing.ts";
import { degree, gcdPoly, isIrreducible, modPoly, mulModPoly, randomPolynomial } from "./polynomial.ts";

test("small polynomials: irreducible exactly when no smaller one divides them", () => {
  for (let p = 2n; p < 512n; p++) {
    let divisible = false;
    for (let q = 2n; degree(q) <= degree(p) / 2; q++) divisible ||= modPoly(p, q) === 0n;
    assert.equal(isIrreducible(p), !divisible, p.toString(2));
  }
  assert.equal(isIrreducible(0n), false);
  assert.equal(isIrreducible(1n), false);
});

test("restic's well-known polynomial is irreducible, its neighbours are not", () => {
  assert.equal(isIrreducible(0x3da3358b4dc173n), true);
  assert.equal(isIrreducible(0x3da3358b4dc172n), false);
});

test("arithmetic: AES's field as the example", () => {
  // FIPS 197 §4.2: {57}·{83} = {c1} modulo x⁸+x⁴+x³+x+1.
  assert.equal(mulModPoly(0x57n, 0x83n, 0x11bn), 0xc1n);
  assert.equal(gcdPoly(0b110n, 0b1010n), 0b110n);
});

test("random polynomials have degree 53, an end of 1, and are irreducible", () => {
  const random = seededRandom("polynomial");
  const found = new Set<bigint>();
  for (let i = 0; i < 5; i++) {
    const p = randomPolynomial(random);
    assert.equal(degree(p), 53);
    assert.equal(p & 1n, 1n);
    assert.ok(isIrreducible(p));
    found.add(p);
  }
  assert.equal(found.size, 5);
});
