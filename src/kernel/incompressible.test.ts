import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { isHopeless } from "./incompressible.ts";
import { compress, compressedMax } from "./zstd.ts";

const TEXT = Buffer.from("what is current stays at hand, what only history needs goes to the ice. ".repeat(60_000));

/** Compresses as well as the samples promise. */
const promising = (sample: Uint8Array): number => sample.length / 2;
const useless = (sample: Uint8Array): number => sample.length + 10;

test("small files of compressed formats are not tried, everything else small is", () => {
  assert.equal(isHopeless(gzipSync(randomBytes(1000)), promising), true);
  assert.equal(isHopeless(Buffer.from("89504e470d0a1a0a", "hex"), promising), true);
  assert.equal(isHopeless(TEXT.subarray(0, 1000), useless), false);
  assert.equal(isHopeless(gzipSync(randomBytes(40_000)), useless), false, "too large to be believed, too small for samples");
});

test("large blobs are tried when one sample says so, and the samples reach to the end", () => {
  const large = randomBytes(1 << 20);
  assert.equal(isHopeless(large, useless), true);
  let asked = 0;
  assert.equal(
    isHopeless(large, (sample) => (++asked === 8 ? promising(sample) : useless(sample))),
    false,
  );
  assert.equal(asked, 8);
});

test("what is not tried is framed as it is, unless patience was asked for", () => {
  const zeros = Buffer.concat([Buffer.from("1f8b08", "hex"), Buffer.alloc(1000)]);
  assert.ok(compress(zeros, "auto").length > zeros.length);
  assert.ok(compress(zeros, "better").length < 100);
  assert.ok(compress(zeros, "max").length < 100);
});

test("noise costs no more than a raw frame; noise with text in it is compressed", () => {
  const noise = randomBytes(1 << 20);
  assert.equal(compress(noise, "auto").length, compressedMax(noise.length) - 1);
  const mixed = Buffer.concat([noise.subarray(0, 300_000), TEXT.subarray(0, 400_000)]);
  assert.ok(compress(mixed, "auto").length < 310_000);
});
