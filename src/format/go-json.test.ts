import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeByteString, encodeSortedMap, encodeString } from "./go-json.ts";
import { parseJson } from "./json-reader.ts";
import { RUNS } from "./testing.ts";

test("strings as Go writes them", () => {
  for (const [text, json] of [
    ["plain", '"plain"'],
    ['"\\', String.raw`"\"\\"`],
    ["\b\f\n\r\t", String.raw`"\b\f\n\r\t"`],
    ["\u0000\u0001\u001f\u007f", '"\\u0000\\u0001\\u001f\u007f"'],
    ["<a>&", String.raw`"\u003ca\u003e\u0026"`],
    ["\u2028\u2029", String.raw`"\u2028\u2029"`],
    ["é😀\u00a0\u200b\ufffd", '"é😀\u00a0\u200b\ufffd"'],
    ["a\ud800b", '"a\\ufffdb"'],
  ] as const) {
    assert.equal(encodeString(text), json);
  }
});

test("each byte that is not UTF-8 is escaped for itself", () => {
  for (const [hex, json] of [
    ["61ff62", '"a\\ufffdb"'],
    ["e282", '"\\ufffd\\ufffd"'],
    ["eda080", '"\\ufffd\\ufffd\\ufffd"'],
    ["c080", '"\\ufffd\\ufffd"'],
    ["f4908080", '"\\ufffd\\ufffd\\ufffd\\ufffd"'],
    ["f09f9880ff", '"😀\\ufffd"'],
    ["ff3cff", '"\\ufffd\\u003c\\ufffd"'],
    ["efbfbd", '"\ufffd"'],
    ["efbbbf61", '"\ufeffa"'],
  ] as const) {
    assert.equal(encodeByteString(Buffer.from(hex, "hex")), json, hex);
  }
});

test("a string comes back from JSON, and text and bytes agree", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(JSON.parse(encodeString(text)), text);
      assert.equal(encodeByteString(Buffer.from(text)), encodeString(text));
    }),
    RUNS,
  );
});

test("integers up to 2^64 and odd numbers keep their digits", () => {
  const json = '{"a":18446744073709551615,"b":9007199254740993,"c":1,"d":1.50,"e":1e3,"f":-0,"g":[12345678901234567]}';
  const value = parseJson(Buffer.from(json), "test");
  assert.equal(encodeSortedMap(value as object), json);
  assert.equal((value as { a: unknown }).a, 18446744073709551615n);
  assert.equal((value as { c: unknown }).c, 1);
});

test("maps are sorted by bytes, inner objects left as they are", () => {
  const value = parseJson(Buffer.from('{"generic_attributes":1,"b":{"z":1,"a":"<"},"B":null,"a":true}'), "test");
  assert.equal(encodeSortedMap(value as object), '{"B":null,"a":true,"b":{"z":1,"a":"\\u003c"},"generic_attributes":1}');
});

test("what is no JSON names the file", () => {
  for (const bad of ["", "{", '{"a":}', '{"a":01}', '{"a":1}x', "\u0000"]) {
    assert.throws(() => parseJson(Buffer.from(bad), "index/abc"), /^CorruptError: index\/abc: not valid JSON/, bad);
  }
});
