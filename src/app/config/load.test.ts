import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
