import { encodeByteString } from "../../format/go-json.ts";
import { ObjectWriter } from "../../format/json-writer.ts";
import { posixModeFromGo } from "../../format/mode.ts";
import { writeSnapshot } from "../../format/snapshot-codec.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { WalkedNode } from "../../repo/tree-walk.ts";

const NS = 1_000_000_000n;
/** Space is counted in blocks, as du does. */
const BLOCK = 512n;
const SLASH = 0x2f;

/**
 * ncdu's export format, version 1.2: a folder is an array that begins with itself. `write` gets entries in the order of a walk, folders
 * before what is in them.
 */
export class NcduWriter {
  readonly #out: (text: string) => void;
  #open = 0;

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  begin(snapshot: StoredSnapshot): void {
    this.#out(`[1, 2, ${writeSnapshot(snapshot).finish()}, [{"name":"/"}`);
  }

  write({ path, node }: WalkedNode): void {
    const depth = path.reduce((count, byte) => (byte === SLASH ? count + 1 : count), 0);
    this.#closeTo(depth - 1);
    if (node.type !== "dir") return this.#out(`,\n${indent(depth)}${entry(node)}`);
    this.#out(`,\n${indent(depth)}[\n${indent(depth + 1)}${entry(node)}`);
    this.#open = depth;
  }

  end(): void {
    this.#closeTo(0);
    this.#out("\n]\n]\n");
  }

  #closeTo(depth: number): void {
    for (; this.#open > depth; this.#open--) this.#out(`\n${indent(this.#open)}]`);
  }
}

function indent(depth: number): string {
  return "  ".repeat(depth);
}

function entry(node: WalkedNode["node"]): string {
  return new ObjectWriter()
    .put("name", encodeByteString(node.name))
    .put("asize", node.size)
    .put("dsize", ((node.size + BLOCK - 1n) / BLOCK) * BLOCK)
    .put("dev", node.deviceId)
    .put("ino", node.inode)
    .put("nlink", node.links)
    .put("notreg", node.type !== "dir" && node.type !== "file")
    .put("uid", node.uid)
    .put("gid", node.gid)
    .put("mode", posixModeFromGo(node.mode))
    .put("mtime", node.mtime.ns / NS)
    .finish();
}
