import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { FirnError } from "../../base/error.ts";
import { testWorld } from "../../base/testing.ts";
import { defaultConfig } from "./config.ts";
import { loadConfig } from "./load.ts";

const base = mkdtempSync(join(tmpdir(), "firn-config-"));
after(() => rmSync(base, { recursive: true, force: true }));

test("a user without a configuration has the default one, also when a file is where its folder would be", async () => {
  assert.deepEqual(await loadConfig(undefined, testWorld({ env: { HOME: join(base, "nowhere") } })), defaultConfig());
  writeFileSync(join(base, ".config"), "");
  assert.deepEqual(await loadConfig(undefined, testWorld({ env: { HOME: base } })), defaultConfig());
});

test("a configuration that is there and cannot be read is not passed over", async () => {
  mkdirSync(join(base, "xdg/firnline/firn.yaml"), { recursive: true });
  await assert.rejects(
    loadConfig(undefined, testWorld({ env: { XDG_CONFIG_HOME: join(base, "xdg") } })),
    (error: FirnError) => error.code === "config" && /firn\.yaml: cannot be read/.test(error.message) && /--config/.test(error.hint ?? ""),
  );
});

test("a configuration that merely lies there is used only when it is ours or root's and nobody else may change it", async () => {
  const folder = join(base, "stranger/firnline");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "firn.yaml");
  writeFileSync(file, "password-command: echo secret\n", { mode: 0o644 });
  const env = { XDG_CONFIG_HOME: join(base, "stranger") };
  const uid = process.getuid?.() ?? 0;
  const refused = (why: RegExp) => (error: FirnError) =>
    error.code === "config" && why.test(error.message) && /--config/.test(error.hint ?? "");
  assert.equal((await loadConfig(undefined, { ...testWorld({ env }), uid })).passwordCommand, "echo secret");
  if (uid === 0) chownSync(file, 65534, 65534);
  const other = uid === 0 ? 0 : uid + 1;
  await assert.rejects(loadConfig(undefined, { ...testWorld({ env }), uid: other }), refused(/belongs to somebody else/));
  if (uid === 0) chownSync(file, 0, 0);
  chmodSync(file, 0o666);
  await assert.rejects(loadConfig(undefined, { ...testWorld({ env }), uid }), refused(/can be changed by anybody/));
  assert.equal((await loadConfig(file, { ...testWorld({ env }), uid })).passwordCommand, "echo secret", "naming it is enough");
});
