// scrypt's ROMix over Salsa20/8 (RFC 7914 §3 to §5), compiled to WebAssembly by scripts/build-kernel.
// Not TypeScript for Node: AssemblyScript, where v128 is a machine word of four u32 and load/store touch linear memory.
//
// A block of 64 bytes is kept by its diagonals (romix-thread.js arranges it so): then the four quarter rounds of a column round are one operation
// on four vectors, and a row round is the same after turning three of them. Word 0, which says where to look next, stays in its place.
//
// Two lanes, a and c, run side by side: one alone mostly waits for its own last addition. Two take 84 ms where one takes 80 (N = 32768, r = 8);
// if there is only one, c is a, and everything is written twice.
//
// A lane's memory is N + 2 rows of 128·r bytes: the N of scrypt's table, the row that is being mixed, and one for the outcome.

const BLOCK: usize = 64;

// @ts-ignore: decorator
@inline
function stir(target: v128, x: v128, y: v128, left: i32): v128 {
  const sum = v128.add<u32>(x, y);
  return v128.xor(v128.xor(target, v128.shl<u32>(sum, left)), v128.shr<u32>(sum, 32 - left));
}

// @ts-ignore: decorator
@inline
function turn1(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 3, 0, 1, 2);
}

// @ts-ignore: decorator
@inline
function turn2(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 2, 3, 0, 1);
}

// @ts-ignore: decorator
@inline
function turn3(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 1, 2, 3, 0);
}

// @ts-ignore: decorator
@inline
function both(p: usize, q: usize): v128 {
  return v128.xor(v128.load(p), v128.load(q));
}

/**
 * BlockMix of rows of `size` bytes, for lane a from `pa` xor `qa` to `ta`, for lane c likewise.
 * Of the outcome, even blocks come first, then odd ones.
 */
function blockMix(pa: usize, qa: usize, ta: usize, pc: usize, qc: usize, tc: usize, size: usize): void {
  const last = size - BLOCK;
  let a0 = both(pa + last, qa + last);
  let a1 = both(pa + last + 16, qa + last + 16);
  let a2 = both(pa + last + 32, qa + last + 32);
  let a3 = both(pa + last + 48, qa + last + 48);
  let c0 = both(pc + last, qc + last);
  let c1 = both(pc + last + 16, qc + last + 16);
  let c2 = both(pc + last + 32, qc + last + 32);
  let c3 = both(pc + last + 48, qc + last + 48);
  let to: usize = 0;
  let other = size >> 1;
  for (let at: usize = 0; at < size; at += BLOCK) {
    const pat = pa + at;
    const qat = qa + at;
    const pct = pc + at;
    const qct = qc + at;
    a0 = v128.xor(a0, both(pat, qat));
    a1 = v128.xor(a1, both(pat + 16, qat + 16));
    a2 = v128.xor(a2, both(pat + 32, qat + 32));
    a3 = v128.xor(a3, both(pat + 48, qat + 48));
    c0 = v128.xor(c0, both(pct, qct));
    c1 = v128.xor(c1, both(pct + 16, qct + 16));
    c2 = v128.xor(c2, both(pct + 32, qct + 32));
    c3 = v128.xor(c3, both(pct + 48, qct + 48));
    const ao0 = a0;
    const ao1 = a1;
    const ao2 = a2;
    const ao3 = a3;
    const co0 = c0;
    const co1 = c1;
    const co2 = c2;
    const co3 = c3;
    for (let round = 0; round < 4; round++) {
      a1 = stir(a1, a0, a3, 7);
      c1 = stir(c1, c0, c3, 7);
      a2 = stir(a2, a1, a0, 9);
      c2 = stir(c2, c1, c0, 9);
      a3 = stir(a3, a2, a1, 13);
      c3 = stir(c3, c2, c1, 13);
      a0 = stir(a0, a3, a2, 18);
      c0 = stir(c0, c3, c2, 18);
      a1 = turn1(a1);
      c1 = turn1(c1);
      a2 = turn2(a2);
      c2 = turn2(c2);
      a3 = turn3(a3);
      c3 = turn3(c3);
      a3 = stir(a3, a0, a1, 7);
      c3 = stir(c3, c0, c1, 7);
      a2 = stir(a2, a3, a0, 9);
      c2 = stir(c2, c3, c0, 9);
      a1 = stir(a1, a2, a3, 13);
      c1 = stir(c1, c2, c3, 13);
      a0 = stir(a0, a1, a2, 18);
      c0 = stir(c0, c1, c2, 18);
      a1 = turn3(a1);
      c1 = turn3(c1);
      a2 = turn2(a2);
      c2 = turn2(c2);
      a3 = turn1(a3);
      c3 = turn1(c3);
    }
    a0 = v128.add<u32>(a0, ao0);
    a1 = v128.add<u32>(a1, ao1);
    a2 = v128.add<u32>(a2, ao2);
    a3 = v128.add<u32>(a3, ao3);
    c0 = v128.add<u32>(c0, co0);
    c1 = v128.add<u32>(c1, co1);
    c2 = v128.add<u32>(c2, co2);
    c3 = v128.add<u32>(c3, co3);
    v128.store(ta + to, a0);
    v128.store(ta + to, a1, 16);
    v128.store(ta + to, a2, 32);
    v128.store(ta + to, a3, 48);
    v128.store(tc + to, c0);
    v128.store(tc + to, c1, 16);
    v128.store(tc + to, c2, 32);
    v128.store(tc + to, c3, 48);
    const next = to + BLOCK;
    to = other;
    other = next;
  }
}

/** The first half: rows 1…n of both tables, each from the row before. `zero`: `size` bytes that are 0. */
export function fill(a: usize, c: usize, zero: usize, n: usize, size: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const at = i * size;
    blockMix(a + at, zero, a + at + size, c + at, zero, c + at + size, size);
  }
}

/**
 * The second half: n times, row n is mixed with the row it points to; n is even, so row n holds the outcome.
 * That row is touched before it is needed (mixing takes 48 instead of 56 ms); the sum is returned so that the loads stay.
 */
export function mix(a: usize, c: usize, n: usize, size: usize): u32 {
  const word = size - BLOCK;
  let pa = a + n * size;
  let pc = c + n * size;
  let ta = pa + size;
  let tc = pc + size;
  let touched: u32 = 0;
  for (let i: usize = 0; i < n; i++) {
    const qa = a + (<usize>load<u32>(pa + word) & (n - 1)) * size;
    const qc = c + (<usize>load<u32>(pc + word) & (n - 1)) * size;
    for (let at: usize = 0; at < size; at += BLOCK) {
      touched += load<u8>(qa + at) + load<u8>(qc + at);
    }
    blockMix(pa, qa, ta, pc, qc, tc, size);
    const ra = pa;
    pa = ta;
    ta = ra;
    const rc = pc;
    pc = tc;
    tc = rc;
  }
  return touched;
}
