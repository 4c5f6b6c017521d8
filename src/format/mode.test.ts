import assert from "node:assert/strict";
import { test } from "node:test";
import { goModeFromStat, nodeTypeOfStatMode, permissionsText, posixModeFromGo } from "./mode.ts";

/** Numbers of restic-format §7.1, checked there against restic. */
const KNOWN = [
  [0o104755, 8_389_101, "urwxr-xr-x", "file"],
  [0o120777, 134_218_239, "Lrwxrwxrwx", "symlink"],
  [0o010644, 33_554_852, "prw-r--r--", "fifo"],
  [0o041777, 2_148_532_735, "dtrwxrwxrwx", "dir"],
  [0o020666, 69_206_454, "Dcrw-rw-rw-", "chardev"],
  [0o060660, 67_109_296, "Drw-rw----", "dev"],
  [0o102755, 4_194_797, "grwxr-xr-x", "file"],
  [0o140600, 16_777_600, "Srw-------", "socket"],
  [0o100644, 420, "-rw-r--r--", "file"],
  [0o100000, 0, "----------", "file"],
] as const;

test("stat modes, Go modes and their text", () => {
  for (const [stat, go, text, type] of KNOWN) {
    assert.equal(goModeFromStat(stat), go, text);
    assert.equal(permissionsText(go), text);
    assert.equal(nodeTypeOfStatMode(stat), type);
    assert.equal(posixModeFromGo(go), stat & 0o7777, text);
  }
});

test("every permission survives the round trip", () => {
  for (let mode = 0; mode <= 0o7777; mode++) assert.equal(posixModeFromGo(goModeFromStat(0o100000 | mode)), mode);
});

test("an unknown type is irregular", () => {
  assert.equal(nodeTypeOfStatMode(0), "irregular");
  assert.equal(permissionsText(goModeFromStat(0o644)), "?rw-r--r--");
});
