import assert from "node:assert/strict";
import { test } from "node:test";
import { eachInner, innerOf, textOf } from "./xml.ts";

test("elements are found by name and their text is resolved", () => {
  const xml = '<?xml version="1.0"?><R><K>a&amp;b&#x41;&#66;&quot;&unknown;</K><Keys/><K>c</K><S><E>1</E></S></R>';
  assert.equal(textOf(xml, "K"), 'a&bAB"&unknown;');
  assert.deepEqual([...eachInner(xml, "K")], ["a&amp;b&#x41;&#66;&quot;&unknown;", "c"]);
  assert.equal(innerOf(xml, "S"), "<E>1</E>");
  assert.equal(textOf(xml, "Missing"), undefined);
});

test("what is cut off is not found, and nonsense does not throw", () => {
  assert.equal(textOf("<R><K>abc", "K"), undefined);
  assert.deepEqual([...eachInner("<K>a</K><K>b", "K")], ["a"]);
  assert.equal(textOf("<K>&#99999999;</K>", "K"), "&#99999999;");
});
