import { randomFillSync } from "node:crypto";
import { asId } from "../../src/base/id.ts";
import { toHex } from "../../src/base/bytes.ts";
import { CompactIndex } from "../../src/repo/index/blob-index.ts";
import { MicroTable } from "./table.ts";

/** Looking blobs up in an index that does not fit the processor's caches. Time for one blob, in no order. */
const BLOBS = 1_000_000;
const PER_PACK = 200;
const ASKED = 20_000;

const ids = randomFillSync(new Uint8Array(BLOBS * 32));
const strangers = randomFillSync(new Uint8Array(ASKED * 32));
const hexOf = (at: number): string => toHex(ids.subarray(at * 32, at * 32 + 32));

const index = new CompactIndex();
const start = process.threadCpuUsage();
for (let first = 0; first < BLOBS; first += PER_PACK) {
  const pack = asId<"pack">(toHex(randomFillSync(new Uint8Array(32))));
  index.addPack(
    pack,
    Array.from({ length: PER_PACK }, (_, i) => ({
      type: "data" as const,
      id: asId<"blob">(hexOf(first + i)),
      offset: i * 9000,
      length: 9000,
      uncompressedLength: 20_000,
    })),
  );
}
const filled = process.threadCpuUsage(start);
const { view } = index;

const asked = Array.from({ length: ASKED }, (_, i) => (i * 48_271) % BLOBS);
const askedHex = asked.map(hexOf);
const table = new MicroTable(`index of ${BLOBS.toLocaleString("en")} blobs`);
table.each("has, raw id, there", ASKED, () => {
  for (const at of asked) if (!view.has("data", ids, at * 32)) throw new Error("a blob is not found");
});
table.each("has, raw id, not there", ASKED, () => {
  for (let i = 0; i < ASKED; i++) if (view.has("data", strangers, i * 32)) throw new Error("a stranger is found");
});
table.each("locate, raw id", ASKED, () => {
  for (const at of asked) view.locate("data", ids, at * 32);
});
table.each("has, hex", ASKED, () => {
  for (const id of askedHex) index.has("data", id);
});
table.each("lookup, hex", ASKED, () => {
  for (const id of askedHex) index.lookup("data", id);
});
table.print();
const nanos = ((filled.user + filled.system) * 1000) / BLOBS;
process.stdout.write(`added pack by pack: ${nanos.toFixed(0)} ns a blob; held: ${(view.bytes / BLOBS).toFixed(1)} bytes a blob\n\n`);
