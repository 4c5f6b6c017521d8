import { encodeString } from "../../src/format/go-json.ts";
import { quoteName, unquoteName } from "../../src/format/go-quote.ts";
import { someNames } from "./names.ts";
import { MicroTable } from "./table.ts";

/** Names as trees write them (restic-format §7.3, §7.4): Go's quoting, then JSON's. Time for one name. */
const COUNT = 1000;
const plain = someNames(COUNT);
const odd = plain.map((name, i) => Buffer.concat([name, Buffer.from([0x0a, 0xff, 0x22, i & 0xff])]));

const table = new MicroTable(`${COUNT} names`);
for (const [kind, names] of [
  ["plain", plain],
  ["odd", odd],
] as const) {
  const quoted = names.map(quoteName);
  table.each(`quote, ${kind}`, COUNT, () => {
    for (const name of names) quoteName(name);
  });
  table.each(`quote and JSON, ${kind}`, COUNT, () => {
    for (const name of names) encodeString(quoteName(name));
  });
  table.each(`unquote, ${kind}`, COUNT, () => {
    for (const text of quoted) unquoteName(text);
  });
}
table.print();
