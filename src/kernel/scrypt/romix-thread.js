// A worker thread that carries out scrypt's ROMix (RFC 7914 §5) for lane after lane. JavaScript on purpose, without imports of our own:
// a thread that strips types takes 50 ms to start, this one 20. Its memory, 32 MiB a lane, goes when it ends.
import { parentPort, workerData } from "node:worker_threads";

/** Where the words of a block go, so that its diagonals lie together (assembly/romix.as.ts). */
const DIAGONALS = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11];
const PAGE = 65_536;

/** `lanes`: one row each, replaced by its outcome. `next`: the first lane that nobody has taken. `width`: lanes at once, 1 or 2. */
const { module, n, rowBytes, lanes, next, width } = workerData;
const laneBytes = (n + 2) * rowBytes;
const pages = Math.ceil((rowBytes + width * laneBytes) / PAGE);
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
const { fill, mix } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const rows = new Uint32Array(lanes);
const words = new Uint32Array(memory.buffer);
const count = lanes.byteLength / rowBytes;
const counter = new Int32Array(next);

for (;;) {
  const lane = Atomics.add(counter, 0, width);
  if (lane >= count) break;
  const pair = width === 2 && lane + 1 < count;
  const [a, c] = [rowBytes, rowBytes + (pair ? laneBytes : 0)];
  load(lane, a);
  if (pair) load(lane + 1, c);
  fill(a, c, 0, n, rowBytes);
  mix(a, c, n, rowBytes);
  save(a + n * rowBytes, lane);
  if (pair) save(c + n * rowBytes, lane + 1);
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
parentPort.postMessage("done");

function load(lane, to) {
  each(lane, to, (row, word) => (words[word] = rows[row]));
}

function save(from, lane) {
  each(lane, from, (row, word) => (rows[row] = words[word]));
}

/** Pairs of indices, into `rows` and into `words`, of the same word. */
function each(lane, at, move) {
  for (let i = 0; i < rowBytes / 4; i++) move((lane * rowBytes) / 4 + (i & ~15) + DIAGONALS[i & 15], at / 4 + i);
}
