import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumOf } from "./checksum.ts";

// Check values of the CRC catalogue: each algorithm over the nine bytes "123456789".
test("published check values", () => {
  const hex = (algorithm: "crc32" | "crc32c" | "crc64nvme") =>
    Buffer.from(checksumOf(algorithm, Buffer.from("123456789")), "base64").toString("hex");
  assert.equal(hex("crc32"), "cbf43926");
  assert.equal(hex("crc32c"), "e3069283");
  assert.equal(hex("crc64nvme"), "ae8b14860a799888");
});
