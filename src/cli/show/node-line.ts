import { type Bytes, concatBytes, textLossy, utf8 } from "../../base/bytes.ts";
import { formatBytes } from "../../base/size.ts";
import type { World } from "../../base/world.ts";
import { encodeByteString } from "../../format/go-json.ts";
import { ObjectWriter } from "../../format/json-writer.ts";
import { permissionsText } from "../../format/mode.ts";
import { encodeTime } from "../../format/time-text.ts";
import type { WalkedNode } from "../../repo/tree-walk.ts";
import { localTime } from "./local-time.ts";

const NEWLINE = utf8("\n");
const ARROW = utf8(" -> ");

/** Just the path, byte for byte. */
export function shortLine({ path }: WalkedNode): Bytes {
  return concatBytes([path, NEWLINE]);
}

export function longLine({ path, node }: WalkedNode, world: World, human: boolean): Bytes {
  const bytes = node.type === "file" ? node.size : 0n;
  const size = human ? formatBytes(bytes) : String(bytes).padStart(6);
  const owner = `${String(node.uid).padStart(5)} ${String(node.gid).padStart(5)}`;
  const facts = utf8(`${permissionsText(node.mode)} ${owner} ${size} ${localTime(node.mtime, world)} `);
  return concatBytes(node.type === "symlink" ? [facts, path, ARROW, node.linkTarget, NEWLINE] : [facts, path, NEWLINE]);
}

/** One line of `ls --json` (restic-format §17): sizes of files only, also when 0. */
export function nodeJson({ path, node }: WalkedNode): string {
  const json = new ObjectWriter()
    .put("name", encodeByteString(node.name))
    .text("type", node.type)
    .put("path", encodeByteString(path))
    .put("uid", node.uid)
    .put("gid", node.gid);
  if (node.type === "file") json.put("size", node.size);
  if (node.mode !== 0) json.put("mode", node.mode);
  json.text("permissions", permissionsText(node.mode));
  for (const field of ["mtime", "atime", "ctime"] as const) json.text(field, encodeTime(node[field]));
  if (node.inode !== 0n) json.put("inode", node.inode);
  return json.text("message_type", "node").text("struct_type", "node").finish();
}

export function extensionOf(name: Bytes): string {
  const text = textLossy(name);
  const dot = text.lastIndexOf(".");
  return dot < 0 ? "" : text.slice(dot);
}
