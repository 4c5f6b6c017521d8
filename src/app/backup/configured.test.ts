import assert from "node:assert/strict";
import { test } from "node:test";
import { testWorld } from "../../base/testing.ts";
import type { BackupRequest } from "../backup.ts";
import { defaultConfig } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import { withBackupConfig } from "./configured.ts";

const YAML = `
backup:
  paths: [/etc, /home]
  exclude: "*.o"
  exclude-caches: true
  tags: [nightly]
  host: box
`;

const plain = {
  targets: [],
  filesFrom: [],
  filesFromVerbatim: [],
  filesFromRaw: [],
  excludes: [],
  iexcludes: [],
  excludeFiles: [],
  iexcludeFiles: [],
  excludeIfPresent: [],
  excludeCaches: false,
  excludeLargerThan: undefined,
  oneFileSystem: false,
  stdin: false,
  stdinFromCommand: false,
  tags: [],
  host: undefined,
} as unknown as BackupRequest;

test("what firn.yaml says fills in what the command line leaves open", () => {
  const config = readConfig(YAML, "firn.yaml");
  const filled = withBackupConfig(plain, config.backup, testWorld());
  assert.deepEqual(
    [filled.targets, filled.excludes, filled.excludeCaches, filled.tags, filled.host],
    [["/etc", "/home"], ["*.o"], true, ["nightly"], "box"],
  );
});

test("the command line names other sources, adds patterns, and wins over tags and host; so does the environment", () => {
  const config = readConfig(YAML, "firn.yaml");
  const asked = { ...plain, targets: ["/var"], excludes: ["*.tmp"], tags: ["once"], host: "other" };
  const filled = withBackupConfig(asked, config.backup, testWorld());
  assert.deepEqual([filled.targets, filled.excludes, filled.tags, filled.host], [["/var"], ["*.o", "*.tmp"], ["once"], "other"]);
  assert.deepEqual(withBackupConfig({ ...plain, stdin: true }, config.backup, testWorld()).targets, []);
  assert.equal(
    withBackupConfig(plain, config.backup, testWorld({ env: { RESTIC_HOST: "named" } })).host,
    undefined,
    "left to the use case, which knows the environment",
  );
});

test("without a file nothing changes", () => {
  const filled = withBackupConfig({ ...plain, targets: ["a"] }, defaultConfig().backup, testWorld());
  assert.deepEqual(filled, { ...plain, targets: ["a"] });
});
