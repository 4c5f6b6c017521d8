// The rabin scan of restic's chunker (restic-format §8), compiled to WebAssembly by scripts/build-kernel.
// Not TypeScript for Node: AssemblyScript, where u64 and v128 are machine words and load/store touch linear memory.
//
// Memory is imported. Its first 8 KiB belong to this file; the caller keeps data above.
//
// A cut depends on the last 64 bytes alone: a chunk's first possible cut comes after exactly 64 hashed bytes, when the
// initial "1" has just left the window. So the scan keeps no state: give it positions, it hashes the 64 bytes before each.
// For the same reason a stretch can be scanned by several lanes at once.
//
// Sixteen lanes stand side by side in vectors: vector k ("plane") holds byte k of each lane's digest of 53 bits. Appending a byte moves
// every plane one up, for nothing; what leaves above bit 52, and the byte that leaves the window, come back as remainders, and because
// a remainder is linear in its bits, each is looked up by halves in tables of 16 bytes, which is one instruction for all lanes.
// 1.6 GB/s on a core of 2.9 GHz (1.8 cycles a byte). Four lanes in general registers, with a table of 256 words for each of the two, came to
// 0.65 GB/s, six to 1.2 with each load that V8 doubles avoided: there the front end is full, 15 instructions a byte; here it is 7.

const OUT: usize = 0;
const MOD: usize = 2048;
/** Four tables of 7 planes of 16 bytes, by half a byte: bits 56 to 59 of a digest; bits 53 to 55 and, as 1, bit 60; the byte leaving, low and high half. */
const OVER: usize = 4096;
const EDGE: usize = OVER + 112;
const LOW: usize = OVER + 224;
const HIGH: usize = OVER + 336;
/** Blocks of 64 rows: row i is byte i of each lane. First one that stays zero: what leaves the window while it fills. */
const BLOCK: usize = 1024;
const NOTHING: usize = 4608;
const ROWS: usize = NOTHING + BLOCK;
const TURNED: usize = ROWS + 2 * BLOCK;
/** The vectors 15… and 14…: loaded once they stay in a register; a splat V8 makes anew in every turn (a sixth of the time). */
const FIFTEEN: usize = TURNED + 256;
const FOURTEEN: usize = FIFTEEN + 16;

const WINDOW: usize = 64;
const DEGREE: u64 = 53;
const SHIFT: u64 = DEGREE - 8;
const LANES: usize = 16;
/**
 * Bytes each lane scans per round, a multiple of 64: long enough to make 64 bytes of warm-up cheap, short enough to waste little after a cut;
 * an odd number of cache lines, so that the lanes do not share a set.
 */
const STRIDE: usize = 49 * 64;

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

/** `byte` followed by 64 zero bytes: what a byte still weighs in the digest one step after it should have left the window. */
function leaving(byte: u64): u64 {
  let digest = append(0, byte);
  for (let i: usize = 0; i < WINDOW; i++) digest = append(digest, 0);
  return digest;
}

/** Fills the tables for an irreducible polynomial of degree 53. */
export function prepare(polynomial: u64): void {
  for (let b: u64 = 0; b < 256; b++) {
    const top = b << DEGREE;
    store<u64>(MOD + (<usize>b << 3), remainder(top, polynomial) | top);
  }
  // Taking the leaving byte out after the shift instead of before keeps this look-up off the digest's critical path.
  for (let b: u64 = 0; b < 256; b++) store<u64>(OUT + (<usize>b << 3), leaving(b));
  for (let n: u64 = 0; n < 16; n++) {
    storePlanes(OVER, n, remainder(n << 56, polynomial));
    const edge = (n & 14) << 52;
    storePlanes(EDGE, n, remainder(edge | ((n & 1) << 60), polynomial) ^ edge);
    storePlanes(LOW, n, leaving(n));
    storePlanes(HIGH, n, leaving(n << 4));
  }
  v128.store(FIFTEEN, i8x16.splat(15));
  v128.store(FOURTEEN, i8x16.splat(14));
}

function storePlanes(table: usize, n: u64, digest: u64): void {
  for (let plane: usize = 0; plane < 7; plane++) store<u8>(table + (plane << 4) + <usize>n, <u8>(digest >> (<u64>plane << 3)));
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
    digest = append(digest, load<u8>(at)) ^ load<u64>(OUT + (<usize>load<u8>(at - WINDOW) << 3));
    if ((digest & mask) == 0) return at + 1;
  }
  return 0;
}

/**
 * The first position in from…to (both included) where a chunk may end, or 0: the digest of the 64 bytes before it has no bit of
 * `mask` set. 64 bytes before `from` must be there.
 */
export function find(from: usize, to: usize, mask: u64): usize {
  if ((warm(from) & mask) == 0) return from;
  let base = from;
  while (base + LANES * WINDOW <= to) {
    const fitting = ((to - base) / (LANES * WINDOW)) * WINDOW;
    const stride = fitting < STRIDE ? fitting : STRIDE;
    const hit = scanLanes(base, stride, mask);
    if (hit != 0) return hit;
    base += LANES * stride;
  }
  return scanOne(base, to, mask);
}

// @ts-ignore: decorator
@inline
function look(table: usize, plane: usize, halves: v128): v128 {
  return i8x16.relaxed_swizzle(v128.load(table + (plane << 4)), halves);
}

/** Positions base+1 … base + 16·stride, a stretch of `stride` for each lane; the earliest hit, or 0. */
function scanLanes(base: usize, stride: usize, mask: u64): usize {
  let p0 = i32x4.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let p4 = p0;
  let p5 = p0;
  let p6 = p0;
  const half = v128.load(FIFTEEN);
  const upper = v128.load(FOURTEEN);
  const mask0 = i8x16.splat(<i8>mask);
  const mask1 = i8x16.splat(<i8>(mask >> 8));
  const mask2 = i8x16.splat(<i8>(mask >> 16));
  let hit: usize = 0;
  /** Lanes that could still have an earlier hit. */
  let open: u32 = 0xffff;
  let out = NOTHING;
  let rows = ROWS;
  for (let at = base - WINDOW; at < base + stride; at += WINDOW) {
    gather(at, stride, rows);
    for (let i: usize = 0; i < BLOCK; i += 16) {
      const byte = v128.load(out + i);
      const low = v128.and(byte, half);
      const high = v128.and(v128.shr<u16>(byte, 4), half);
      const over = v128.and(p6, half);
      const edge = v128.or(v128.and(v128.shr<u16>(p5, 4), upper), v128.andnot(v128.and(v128.shr<u16>(p6, 4), half), upper));
      p6 = v128.xor(v128.xor(v128.xor(p5, look(OVER, 6, over)), v128.xor(look(EDGE, 6, edge), look(LOW, 6, low))), look(HIGH, 6, high));
      p5 = v128.xor(v128.xor(v128.xor(p4, look(OVER, 5, over)), v128.xor(look(EDGE, 5, edge), look(LOW, 5, low))), look(HIGH, 5, high));
      p4 = v128.xor(v128.xor(v128.xor(p3, look(OVER, 4, over)), v128.xor(look(EDGE, 4, edge), look(LOW, 4, low))), look(HIGH, 4, high));
      p3 = v128.xor(v128.xor(v128.xor(p2, look(OVER, 3, over)), v128.xor(look(EDGE, 3, edge), look(LOW, 3, low))), look(HIGH, 3, high));
      p2 = v128.xor(v128.xor(v128.xor(p1, look(OVER, 2, over)), v128.xor(look(EDGE, 2, edge), look(LOW, 2, low))), look(HIGH, 2, high));
      p1 = v128.xor(v128.xor(v128.xor(p0, look(OVER, 1, over)), v128.xor(look(EDGE, 1, edge), look(LOW, 1, low))), look(HIGH, 1, high));
      p0 = v128.xor(v128.xor(v128.xor(v128.load(rows + i), look(OVER, 0, over)), v128.xor(look(EDGE, 0, edge), look(LOW, 0, low))), look(HIGH, 0, high));
      const none = i8x16.eq(v128.or(v128.or(v128.and(p0, mask0), v128.and(p1, mask1)), v128.and(p2, mask2)), i32x4.splat(0));
      if (v128.any_true(none) && at >= base) {
        const lane = firstLane(i8x16.bitmask(none) & open, at + (i >> 4) + 1, stride, mask);
        if (lane == 0) return at + (i >> 4) + 1;
        if (lane < LANES) {
          hit = at + (i >> 4) + 1 + lane * stride;
          open = (1 << <u32>lane) - 1;
        }
      }
    }
    out = rows;
    rows = rows == ROWS ? ROWS + BLOCK : ROWS;
  }
  return hit;
}

/** The first of the lanes whose low 24 bits agree where all bits do; LANES if there is none. `at`: lane 0's position. */
function firstLane(lanes: u32, at: usize, stride: usize, mask: u64): usize {
  for (; lanes != 0; lanes &= lanes - 1) {
    const lane = <usize>ctz<u32>(lanes);
    if ((warm(at + lane * stride) & mask) == 0) return lane;
  }
  return LANES;
}

/** 64 bytes of each lane to 64 rows of 16 bytes. */
function gather(at: usize, stride: usize, rows: usize): void {
  const lanes4 = 4 * stride;
  for (let end = at + WINDOW; at < end; at += 16) {
    for (let i: usize = 0; i < 4; i++) {
      const p = at + i * stride;
      mingle(p, p + lanes4, p + 2 * lanes4, p + 3 * lanes4, TURNED + (i << 6));
    }
    for (let i: usize = 0; i < 4; i++) {
      const p = TURNED + (i << 4);
      mingle(p, p + 64, p + 128, p + 192, rows + (i << 6));
    }
    rows += 256;
  }
}

/** Four rows byte by byte into one another: the bytes 0 of p, q, r, s, then the bytes 1, … Twice so, and 16 rows are turned into columns. */
// @ts-ignore: decorator
@inline
function mingle(p: usize, q: usize, r: usize, s: usize, to: usize): void {
  const first = v128.load(p);
  const second = v128.load(q);
  const third = v128.load(r);
  const fourth = v128.load(s);
  const low = zipLow(first, third);
  const high = zipHigh(first, third);
  const low2 = zipLow(second, fourth);
  const high2 = zipHigh(second, fourth);
  v128.store(to, zipLow(low, low2));
  v128.store(to, zipHigh(low, low2), 16);
  v128.store(to, zipLow(high, high2), 32);
  v128.store(to, zipHigh(high, high2), 48);
}

// @ts-ignore: decorator
@inline
function zipLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function zipHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
