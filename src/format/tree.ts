import { compareBytes, concatBytes } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import { CorruptError } from "../base/error.ts";
import { asId } from "../base/id.ts";
import type { BlobId } from "../base/id.ts";
import { quoteName } from "./go-quote.ts";
import { ObjectReader, parseJson } from "./json-reader.ts";
import { decodeNode, encodeNode } from "./node-codec.ts";
import type { Node } from "./node.ts";

export { decodeNode, encodeNode } from "./node-codec.ts";

/** Id of `{"nodes":[]}\n`, the tree of an empty directory (restic-format §7). */
export const EMPTY_TREE_ID: BlobId = asId("ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8");

/** Text is turned into bytes piece by piece, so that a directory of millions stays below V8's longest string. */
const PIECE = 64 * 1024;

/** Builds one tree from nodes that come in order. */
export class TreeEncoder {
  private readonly pieces: Bytes[] = [];
  private text = '{"nodes":[';
  private last: Bytes | undefined;

  /** Names must ascend strictly by their bytes (restic-format §7); anything else is a bug of the caller. */
  add(node: Node): void {
    if (this.last !== undefined) {
      if (compareBytes(node.name, this.last) <= 0) throw new Error(`node "${quoteName(node.name)}" is not above "${quoteName(this.last)}"`);
      this.text += ",";
    }
    this.last = node.name;
    this.text += encodeNode(node);
    if (this.text.length > PIECE) {
      this.pieces.push(Buffer.from(this.text));
      this.text = "";
    }
  }

  get isEmpty(): boolean {
    return this.last === undefined;
  }

  finish(): Bytes {
    const end = Buffer.from(`${this.text}]}\n`);
    return this.pieces.length === 0 ? end : concatBytes([...this.pieces, end]);
  }
}

/** The bytes of a tree; nodes must be in order. */
export function encodeTree(nodes: readonly Node[]): Bytes {
  const encoder = new TreeEncoder();
  for (const node of nodes) encoder.add(node);
  return encoder.finish();
}

/**
 * Decodes a tree, unknown keys passed over. Names must ascend strictly, unless `order` is "any": old programs wrote a few
 * trees out of order, and restic restores them. `what` names the tree in errors.
 */
export function decodeTree(bytes: Bytes, what: string, order: "strict" | "any" = "strict"): Node[] {
  const json = new ObjectReader(parseJson(bytes, what), what);
  if (json.raw("nodes") === undefined) throw new CorruptError({ object: what, check: 'no list "nodes" in the tree' });
  const nodes = json.list("nodes").map((value) => decodeNode(value, what));
  if (order === "strict") checkOrder(nodes, what);
  return nodes;
}

function checkOrder(nodes: readonly Node[], what: string): void {
  for (let i = 1; i < nodes.length; i++) {
    const [before, node] = [nodes[i - 1]!, nodes[i]!];
    if (compareBytes(before.name, node.name) >= 0) {
      throw new CorruptError({ object: what, check: `entry "${quoteName(node.name)}" is not above "${quoteName(before.name)}"` });
    }
  }
}
