import { scryptSync } from "node:crypto";
import { NEW_KEY_PARAMS } from "../../src/kernel/scrypt.ts";
import { scryptInThreads } from "../../src/kernel/scrypt/lanes.ts";
import { MicroTable } from "./table.ts";

/** What every command pays before it can read anything: a key of new repositories, wall time. */
const { N, r, p } = NEW_KEY_PARAMS;
const [password, salt] = [Buffer.from("bench"), Buffer.alloc(64, 1)];
const RUNS = 5;

const table = new MicroTable(`scrypt N=${N} r=${r}`);
const openSsl = (lanes: number) => () => Promise.resolve(scryptSync(password, salt, 64, { N, r, p: lanes, maxmem: 256 << 20 }));
const threads = (lanes: number, widths: number[]) => () => scryptInThreads(password, salt, 64, { N, r, p: lanes }, widths);
await table.wall("one lane, OpenSSL", openSsl(1), RUNS);
await table.wall("one lane, a thread", threads(1, [1]), RUNS);
await table.wall("two lanes, a thread", threads(2, [2]), RUNS);
await table.wall(`p=${p}, OpenSSL`, openSsl(p), RUNS);
await table.wall(`p=${p}, one thread, two lanes at once`, threads(p, [2]), RUNS);
await table.wall(`p=${p}, two threads, one lane each`, threads(p, [1, 1]), RUNS);
await table.wall(`p=${p}, two threads, two lanes and one`, threads(p, [2, 1]), RUNS);
table.print();
