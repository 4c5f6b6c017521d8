import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quoteName, unquoteName } from "./go-quote.ts";
import { isPrintable } from "./printable.ts";
import { arbitraryName, RUNS } from "./testing.ts";

const EXAMPLE = Buffer.concat([Buffer.from('we"ird\\n'), Buffer.from([0xff]), Buffer.from("\u00a0\u200b\u007f\t<&>é😀")]);

test("the example of restic-format §7.4", () => {
  assert.equal(quoteName(EXAMPLE), String.raw`we\"ird\\n\xff\u00a0\u200b\x7f\t<&>é😀`);
});

test("escapes by kind", () => {
  for (const [bytes, quoted] of [
    ["\u0007\b\f\n\r\t\v", String.raw`\a\b\f\n\r\t\v`],
    ["\u0000\u001b", String.raw`\x00\x1b`],
    ["it's", "it's"],
    ["\u0085\u00ad\u2028\ufeff\ue000", String.raw`\u0085\u00ad\u2028\ufeff\ue000`],
    ["\u{e0001}\u{10ffff}", String.raw`\U000e0001\U0010ffff`],
    ["\ufffd", "\ufffd"],
    ["日本 中", "日本 中"],
  ] as const) {
    assert.equal(quoteName(Buffer.from(bytes)), quoted);
    assert.deepEqual(unquoteName(quoted), Buffer.from(bytes));
  }
});

test("printable is Unicode 15.0's, not this runtime's", () => {
  assert.ok(isPrintable(0x1fae8), "shaking face, new in 15.0");
  assert.ok(!isPrintable(0x1fae9), "face with bags under eyes, new in 16.0");
  assert.ok(/\p{So}/u.test("\u{1fae9}"), "which this runtime knows");
  assert.ok(isPrintable(0x20));
  assert.ok(!isPrintable(0x1f));
  assert.ok(!isPrintable(0x10ffff));
});

test("octal and every other form that Go reads", () => {
  assert.deepEqual(unquoteName(String.raw`\101\x41\u0041\U00000041\"\\`), Buffer.from('AAAA"\\'));
  assert.deepEqual(unquoteName(String.raw`\377é`), Buffer.from([0xff, 0xc3, 0xa9]));
});

test("what Go refuses is refused", () => {
  for (const bad of ['a"b', "a\nb", "\\", "\\q", "\\'", "\\x4", "\\xg0", "\\u12", "\\ud800", "\\U00110000", "\\400", "\\08", "\\18 "]) {
    assert.equal(unquoteName(bad), undefined, bad);
  }
});

test("a quoted name gives the name back, whatever the bytes", () => {
  fc.assert(
    fc.property(arbitraryName, (name) => {
      assert.deepEqual(Uint8Array.from(unquoteName(quoteName(name)) ?? []), name);
    }),
    { ...RUNS, numRuns: RUNS.numRuns * 5 },
  );
});
