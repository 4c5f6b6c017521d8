import { PRINTABLE_EDGES } from "./printable.generated.ts";

let edges: Uint32Array | undefined;

function load(): Uint32Array {
  let at = 0;
  return Uint32Array.from(PRINTABLE_EDGES.split(" "), (step) => (at += Number.parseInt(step, 36)));
}

/** What Go's strconv.IsPrint says in Unicode 15.0, whatever this Node's Unicode is (restic-format §7.4). */
export function isPrintable(point: number): boolean {
  edges ??= load();
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= point) low = middle + 1;
    else high = middle;
  }
  // An odd number of edges passed: inside a printable stretch.
  return (low & 1) === 1;
}
