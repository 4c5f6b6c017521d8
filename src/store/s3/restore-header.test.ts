import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRestoreHeader } from "./restore-header.ts";

const NOW = Date.UTC(2026, 2, 1, 12);
const DATE = "Fri, 06 Mar 2026 00:00:00 GMT";

test("the header in every shape servers give it", () => {
  const ready = { ongoing: false, expiry: Date.UTC(2026, 2, 6) };
  const ongoing = { ongoing: true, expiry: undefined };
  assert.deepEqual(parseRestoreHeader(`ongoing-request="false", expiry-date="${DATE}"`, NOW), ready);
  assert.deepEqual(parseRestoreHeader(`expiry-date = "${DATE}" ,ongoing-request= "false"`, NOW), ready);
  assert.deepEqual(parseRestoreHeader('ongoing-request="true"', NOW), ongoing);
  assert.deepEqual(parseRestoreHeader('  Ongoing-Request="TRUE"  ', NOW), ongoing);
});

test("nothing is readable without a date, and no longer after it", () => {
  assert.deepEqual(parseRestoreHeader('ongoing-request="false"', NOW), { ongoing: true, expiry: undefined });
  assert.deepEqual(parseRestoreHeader('ongoing-request="false", expiry-date="soon"', NOW), { ongoing: true, expiry: undefined });
  assert.equal(parseRestoreHeader(`ongoing-request="false", expiry-date="${DATE}"`, Date.UTC(2026, 2, 6)), undefined);
  for (const header of [undefined, "", "nonsense"]) assert.equal(parseRestoreHeader(header, NOW), undefined);
});
