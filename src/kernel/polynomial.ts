import type { Bytes } from "../base/bytes.ts";

/** Polynomials over GF(2): bit n of a bigint is the coefficient of xⁿ. */
export type Polynomial = bigint;

/** Degree of the chunker's polynomial (restic-format §8). */
export const CHUNKER_DEGREE = 53;

/** -1 for the zero polynomial. */
export function degree(p: Polynomial): number {
  // Writing the number down to count its digits was two thirds of what proving a repository's polynomial takes at every start.
  const high = p >> 32n;
  return high === 0n ? 31 - Math.clz32(Number(p)) : 32 + degree(high);
}

export function modPoly(a: Polynomial, m: Polynomial): Polynomial {
  const dm = degree(m);
  if (dm < 0) throw new RangeError("division by the zero polynomial");
  let rest = a;
  for (let d = degree(rest); d >= dm; d = degree(rest)) rest ^= m << BigInt(d - dm);
  return rest;
}

/** a·b mod m. */
export function mulModPoly(a: Polynomial, b: Polynomial, m: Polynomial): Polynomial {
  let product = 0n;
  for (let left = a, right = b; right !== 0n; left <<= 1n, right >>= 1n) if ((right & 1n) === 1n) product ^= left;
  return modPoly(product, m);
}

export function gcdPoly(a: Polynomial, b: Polynomial): Polynomial {
  let x = a;
  let y = b;
  while (y !== 0n) [x, y] = [y, modPoly(x, y)];
  return x;
}

/**
 * Rabin: p of degree d is irreducible when it divides x^(2^d) − x and shares no factor with x^(2^(d/q)) − x for every prime q that divides
 * d. (x^(2^i) − x is the product of all irreducible polynomials whose degree divides i.) For 53, a prime, that is one common factor to
 * look for, where Ben-Or's test looks for 26: 2 ms of every start rather than 7.
 */
export function isIrreducible(p: Polynomial): boolean {
  const d = degree(p);
  if (d < 1) return false;
  const x = modPoly(2n, p);
  let power = x;
  for (let i = 1; i <= d; i++) {
    power = mulModPoly(power, power, p);
    if (isPrimePart(d, i) && degree(gcdPoly(p, power ^ x)) !== 0) return false;
  }
  return power === x;
}

/** True when part = whole / q for a prime q. */
function isPrimePart(whole: number, part: number): boolean {
  const q = whole / part;
  if (!Number.isInteger(q) || q < 2) return false;
  for (let factor = 2; factor * factor <= q; factor++) if (q % factor === 0) return false;
  return true;
}

/** A random irreducible polynomial for a new repository (restic-format §8). About one try in 27 succeeds. */
export function randomPolynomial(random: (length: number) => Bytes): Polynomial {
  const top = 1n << BigInt(CHUNKER_DEGREE);
  for (;;) {
    const bytes = random(8);
    const bits = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
    const candidate = (bits & (top - 1n)) | top | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
}
