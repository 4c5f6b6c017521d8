import { compareBytes } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { WalkedNode } from "../../repo/tree-walk.ts";
import { extensionOf } from "./node-line.ts";

type Order = (a: WalkedNode, b: WalkedNode) => number;

const byTime =
  (field: "mtime" | "atime" | "ctime"): Order =>
  (a, b) =>
    compareNumbers(a.node[field].ns, b.node[field].ns);

const ORDERS: Readonly<Record<string, Order>> = {
  name: () => 0,
  size: (a, b) => compareNumbers(a.node.size, b.node.size),
  time: byTime("mtime"),
  mtime: byTime("mtime"),
  atime: byTime("atime"),
  ctime: byTime("ctime"),
  extension: (a, b) => {
    const [x, y] = [extensionOf(a.node.name), extensionOf(b.node.name)];
    return x === y ? 0 : x < y ? -1 : 1;
  },
};

/** The order `ls --sort` asks for; equals go by their paths. */
export function compareNodes(by: string): Order {
  const order = Object.hasOwn(ORDERS, by) ? ORDERS[by] : undefined;
  if (order === undefined) {
    const known = Object.keys(ORDERS).join(", ");
    throw new FirnError({ code: "usage", message: `--sort: ${JSON.stringify(by)} is unknown`, hint: `use one of ${known}` });
  }
  return (a, b) => order(a, b) || compareBytes(a.path, b.path);
}

function compareNumbers(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
