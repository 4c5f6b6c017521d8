import assert from "node:assert/strict";
import { test } from "node:test";
import { indentJson } from "./indent-json.ts";

test("indents as JSON.stringify does where that loses nothing", () => {
  const value = { a: [1, 'x,y:{"}', {}, []], b: { c: null, d: true, "e\\": "\n" } };
  assert.equal(indentJson(JSON.stringify(value)), JSON.stringify(value, undefined, 2));
});

test("keeps numbers and escapes that a parser would change", () => {
  assert.equal(
    indentJson('{"inode": 18446744073709551615 , "name":"\\u003c"}'),
    '{\n  "inode": 18446744073709551615,\n  "name": "\\u003c"\n}',
  );
});
