import assert from "node:assert/strict";
import { test } from "node:test";
import { readability } from "./pack-state.ts";

const info = (storageClass: string, restore?: { ongoing: boolean; expiry: number | undefined }): Parameters<typeof readability>[0] => ({
  key: "data/00/0",
  size: 1,
  lastModified: 0,
  storageClass,
  restore,
  etag: undefined,
});
const NOW = 1_000_000;

for (const [storageClass, restore, state] of [
  ["STANDARD", undefined, "hot"],
  ["STANDARD_IA", undefined, "hot"],
  ["ONEZONE_IA", undefined, "hot"],
  ["GLACIER_IR", undefined, "hot"],
  ["REDUCED_REDUNDANCY", undefined, "hot"],
  ["GLACIER", undefined, "archived"],
  ["DEEP_ARCHIVE", undefined, "archived"],
  ["DEEP_ARCHIVE", { ongoing: true, expiry: undefined }, "thawing"],
  ["GLACIER", { ongoing: false, expiry: NOW + 1 }, "thawed"],
  ["GLACIER", { ongoing: false, expiry: NOW }, "archived"],
  ["GLACIER", { ongoing: false, expiry: undefined }, "archived"],
  ["INTELLIGENT_TIERING", undefined, "unknown"],
  ["SNOW", undefined, "unknown"],
] as const) {
  test(`${storageClass}${restore === undefined ? "" : ` ${JSON.stringify(restore)}`} is ${state}`, () => {
    assert.equal(readability(info(storageClass, restore), true, NOW).state, state);
    assert.equal(readability(info(storageClass, restore), true, NOW).until, state === "thawed" ? NOW + 1 : undefined);
    assert.equal(readability(info(storageClass, restore), false, NOW).state, "hot", "a store without classes is always readable");
  });
}
