import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../base/bytes.ts";
import { compilePatterns } from "../../source/pattern.ts";
import { compilePath } from "./path-state.ts";

function stepThrough(pattern: string, path: readonly string[]): boolean {
  const compiled = compilePath(pattern);
  return compiled.matched(path.reduce((positions, name) => compiled.step(positions, utf8(name)), compiled.root));
}

test("stepping through a path agrees with restic's pattern language", () => {
  const component = fc.constantFrom("a", "b", "ab", "*", "a*", "?", "**", "[ab]", "!a", "\\*", ".", "..");
  const pattern = fc
    .tuple(fc.boolean(), fc.array(component, { minLength: 1, maxLength: 5 }))
    .map(([anchored, parts]) => (anchored ? "/" : "") + parts.join("/"))
    .filter((text) => !text.startsWith("!") && text.split("/").some((part) => !["", ".", ".."].includes(part)));
  const path = fc.array(fc.constantFrom("a", "b", "ab", "ba", "c", "!a", "*"), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(pattern, path, (text, names) => {
      let stepped: boolean;
      try {
        stepped = stepThrough(text, names);
      } catch (error) {
        assert.match(String(error), /names nothing/);
        return;
      }
      assert.equal(stepped, compilePatterns([text]).matches(utf8(`/${names.join("/")}`)), `${text} on /${names.join("/")}`);
    }),
    { seed: Number(process.env["FIRN_TEST_SEED"] ?? 3), numRuns: 3000 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) },
  );
});

test("a negated, an empty and a malformed pattern are refused", () => {
  for (const bad of ["!a", "", "/", "a/["]) assert.throws(() => compilePath(bad), { code: "invalid-pattern" });
});
