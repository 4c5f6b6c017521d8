import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { compileGlob, matchGlob } from "./glob.ts";
import { vectors } from "./testdata/vectors.ts";
import { propertyRuns } from "./testing.ts";

test("answers as Go's filepath.Match does", () => {
  let checked = 0;
  for (const [kind, pattern, name, expected] of vectors()) {
    if (kind !== "glob") continue;
    const glob = compileGlob(latin(pattern));
    const answer = glob === undefined ? "-1" : matchGlob(glob, latin(name)) ? "1" : "0";
    assert.equal(answer, expected, `${pattern} against ${name}`);
    checked++;
  }
  assert.equal(checked, 600);
});

test("agrees with the slow and obvious matcher", () => {
  const token = fc.constantFrom("a", "b", "-", ".", "*", "*", "?", "[ab]", "[^a]", "[a-c]", "\\*", "\\a");
  const pattern = fc.array(token, { maxLength: 7 }).map((tokens) => tokens.join(""));
  const name = fc.array(fc.constantFrom("a", "b", "c", "-", ".", "*"), { maxLength: 8 }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(pattern, name, (text, subject) => {
      const glob = compileGlob(text);
      assert.ok(glob !== undefined);
      assert.equal(matchGlob(glob, subject), toRegExp(text).test(subject));
    }),
    propertyRuns(3000),
  );
});

test("a star may split no slash, and a question mark takes one rune", () => {
  const matches = (pattern: string, name: string): boolean => {
    const glob = compileGlob(Buffer.from(pattern).toString("latin1"));
    return glob !== undefined && matchGlob(glob, Buffer.from(name).toString("latin1"));
  };
  assert.equal(matches("?", "😀"), true);
  assert.equal(matches("??", "😀"), false);
  assert.equal(matches("[à-ü]", "é"), true);
  assert.equal(matches("*", "a/b"), false);
  assert.equal(matches("a?b", "a/b"), false);
});

function latin(hex: string | undefined): string {
  return hex === undefined || hex === "-" ? "" : Buffer.from(hex, "hex").toString("latin1");
}

/** Only for the tokens above. */
function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\[[^\]]*\]|[*?.-]|./g, (token, escaped?: string) => {
    if (escaped !== undefined) return escaped === "*" ? "\\*" : escaped;
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token === "." ? "\\." : token;
  });
  return new RegExp(`^${source}$`);
}
