// The rabin scan of restic's chunker (restic-format §8), compiled to WebAssembly by scripts/build-kernel.
// Not TypeScript for Node: AssemblyScript, where u64 is a machine word and load/store touch linear memory.
//
// Memory is imported. Its first 8 KiB belong to this file (two tables of 256 u64); the caller keeps data above DATA.
//
// A cut depends on the last 64 bytes alone: a chunk's first possible cut comes after exactly 64 hashed bytes, when the
// initial "1" has just left the window. So the scan keeps no state: give it positions, it hashes the 64 bytes before each.
// For the same reason a stretch can be scanned by several lanes at once; the table look-up of one lane hides behind the others'.

const OUT: usize = 0;
const MOD: usize = 2048;
const WINDOW: usize = 64;
const DEGREE: u64 = 53;
const SHIFT: u64 = DEGREE - 8;
/** Bytes each of the four lanes scans per round: long enough to make 64 bytes of warm-up cheap, short enough to waste little after a cut. */
const STRIDE: usize = 8192;

function append(digest: u64, byte: u64): u64 {
  return ((digest << 8) | byte) ^ load<u64>(MOD + (<usize>(digest >> SHIFT) << 3));
}

/** Remainder of `value` by `polynomial`; both as coefficients in bits. */
function remainder(value: u64, polynomial: u64): u64 {
  for (let bit: i64 = 63; bit >= <i64>DEGREE; bit--) {
    if ((value >> <u64>bit) & 1) value ^= polynomial << (<u64>bit - DEGREE);
  }
  return value;
}

/** Fills the tables for an irreducible polynomial of degree 53. */
export function prepare(polynomial: u64): void {
  for (let b: u64 = 0; b < 256; b++) {
    const top = b << DEGREE;
    store<u64>(MOD + (<usize>b << 3), remainder(top, polynomial) | top);
  }
  // b followed by 64 zero bytes: what a byte still weighs in the digest one step after it should have left the window.
  // Taking it out after the shift instead of before keeps this look-up off the digest's critical path.
  for (let b: u64 = 0; b < 256; b++) {
    let digest = append(0, b);
    for (let i: usize = 0; i < WINDOW; i++) digest = append(digest, 0);
    store<u64>(OUT + (<usize>b << 3), digest);
  }
}

// @ts-ignore: decorator
@inline
function roll(digest: u64, at: usize): u64 {
  return append(digest, load<u8>(at)) ^ load<u64>(OUT + (<usize>load<u8>(at - WINDOW) << 3));
}

/** Digest of the 64 bytes that end before `at`. */
function warm(at: usize): u64 {
  let digest: u64 = 0;
  for (let p = at - WINDOW; p < at; p++) digest = append(digest, load<u8>(p));
  return digest;
}

function scanOne(from: usize, to: usize, mask: u64): usize {
  let digest = warm(from);
  if ((digest & mask) == 0) return from;
  for (let at = from; at < to; at++) {
    digest = roll(digest, at);
    if ((digest & mask) == 0) return at + 1;
  }
  return 0;
}

/**
 * The first position in from…to (both included) where a chunk may end, or 0: the digest of the 64 bytes before it has no bit of
 * `mask` set. 64 bytes before `from` must be there.
 */
export function find(from: usize, to: usize, mask: u64): usize {
  let base = from;
  while (base + 4 * STRIDE <= to) {
    const hit = scanFour(base, mask);
    if (hit != 0) return hit;
    base += 4 * STRIDE;
  }
  return scanOne(base, to, mask);
}

/** Positions base … base + 4·STRIDE; the earliest hit of four lanes, or 0. */
function scanFour(base: usize, mask: u64): usize {
  let a = warm(base);
  let b = warm(base + STRIDE);
  let c = warm(base + 2 * STRIDE);
  let d = warm(base + 3 * STRIDE);
  if ((a & mask) == 0) return base;
  let hitB: usize = 0;
  let hitC: usize = 0;
  let hitD: usize = 0;
  const end = base + STRIDE;
  for (let at = base; at < end; at++) {
    a = roll(a, at);
    b = roll(b, at + STRIDE);
    c = roll(c, at + 2 * STRIDE);
    d = roll(d, at + 3 * STRIDE);
    if ((a & mask) == 0) return at + 1;
    if ((b & mask) == 0 && hitB == 0) hitB = at + STRIDE + 1;
    if ((c & mask) == 0 && hitC == 0) hitC = at + 2 * STRIDE + 1;
    if ((d & mask) == 0 && hitD == 0) hitD = at + 3 * STRIDE + 1;
  }
  // Each lane covers base+1 … of its stretch; the first position of lanes b, c, d is the last of the lane before.
  if (hitB != 0) return hitB;
  if (hitC != 0) return hitC;
  return hitD;
}
