import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

// Whether a library is called directly is settled when its module is loaded, so it takes another process to see that Node's own modules
// do the same work.

const PLAIN_NODE = "--no-experimental-ffi";
const NATIVE = { "zstd-native.ts": "nativeZstd", "openssl-native.ts": "opensslCipher", "checksum.ts": "nativeChecksum" };

for (const name of ["zstd.test.ts", "incompressible.test.ts", "box.test.ts", "../format/box-check.test.ts"]) {
  test(`${name} passes in a Node without node:ffi`, () => {
    const { status, stdout } = run(join(import.meta.dirname, name));
    assert.equal(status, 0, stdout);
  });
}

test("nothing native is there then", () => {
  for (const [file, name] of Object.entries(NATIVE)) {
    const module = JSON.stringify(join(import.meta.dirname, file));
    const { stdout } = run("--eval", `import(${module}).then((module) => console.log(typeof module.${name}))`);
    assert.equal(stdout.trim(), "undefined", file);
  }
});

function run(...argv: readonly string[]): { status: number | null; stdout: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, [PLAIN_NODE, ...argv], { encoding: "utf8", env });
}
