import assert from "node:assert/strict";
import { test } from "node:test";
import { childText, children, escapeXml, parseXml } from "./xml.ts";

test("elements, entities, namespaces and white space", () => {
  const root = parseXml('<?xml version="1.0"?>\n<a:Top xmlns:a="x"><Key> a&amp;b&#x20AC; </Key><Key/><!-- no --></a:Top>');
  assert.equal(root.name, "Top");
  assert.deepEqual(
    children(root, "Key").map((key) => key.text),
    [" a&b€ ", ""],
  );
  assert.equal(childText(root, "Key"), "a&b€");
});

test("what is not one well-formed element is refused", () => {
  for (const text of ["", "text", "<a>", "<a></b>", "<a/><b/>", "</a>", "<a", "<a><b></a></b>", "<a>".repeat(100)]) {
    assert.throws(() => parseXml(text), { code: "MalformedXML" }, text);
  }
});

test("what is written is read back", () => {
  const text = "a<b>&\"'\u0001\n~ä€😀";
  assert.equal(parseXml(`<x>${escapeXml(text)}</x>`).text, text);
});
