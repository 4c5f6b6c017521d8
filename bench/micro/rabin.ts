import { randomFillSync } from "node:crypto";
import { RabinScanner } from "../../src/kernel/rabin/scanner.ts";
import { MicroTable } from "./table.ts";

/** The scan for chunk ends (kernel/rabin), over noise that holds no cut and over noise that is cut as a file would be. */
const POLYNOMIAL = 0x3da3358b4dc173n;
const SPLIT_MASK = (1n << 20n) - 1n;
const NEVER = (1n << 53n) - 1n;
const LENGTH = 8 << 20;

const scanner = new RabinScanner(POLYNOMIAL, LENGTH);
randomFillSync(scanner.bytes);

const table = new MicroTable("rabin");
table.bytes("scan without a cut, 8 MiB", LENGTH, () => scanner.find(64, LENGTH, NEVER));
table.bytes("scan from cut to cut", LENGTH, () => {
  for (let at = 64; at >= 0 && at < LENGTH;) at = scanner.find(at + 1, LENGTH, SPLIT_MASK);
});
const small = 20_000;
table.bytes("scan of 20 KB pieces", LENGTH - (LENGTH % small), () => {
  for (let at = 64; at + small < LENGTH; at += small) scanner.find(at, at + small, NEVER);
});
table.print();
