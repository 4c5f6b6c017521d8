import assert from "node:assert/strict";
import { test } from "node:test";
import { splitShellWords } from "./shell-words.ts";

const cases: readonly (readonly [string, readonly string[]])[] = [
  ["pass show backup", ["pass", "show", "backup"]],
  ["  a   b ", ["a", "b"]],
  [`a 'b c' "d e"`, ["a", "b c", "d e"]],
  [`a\\ b`, ["a b"]],
  [`"a\\"b" 'a\\b'`, [`a"b`, `a\\b`]],
  [`''`, [""]],
  [`x"y"z`, ["xyz"]],
  ["", []],
];

for (const [line, words] of cases) {
  test(`shell words of ${JSON.stringify(line)}`, () => assert.deepEqual(splitShellWords(line), words));
}

test("an open quote is refused", () => {
  assert.throws(() => splitShellWords("a 'b"), { code: "usage" });
});
