import { readdirSync, readlinkSync } from "node:fs";
import { asBuffer, type Bytes, compareBytes } from "../../base/bytes.ts";
import { posixCall } from "./posix-error.ts";

/** Names in a directory as bytes, sorted as a tree wants them; without "." and "..". */
export function readDirectory(path: Bytes): Bytes[] {
  const names: Bytes[] = posixCall("open", path, () => readdirSync(asBuffer(path), { encoding: "buffer" }));
  return names.sort(compareBytes);
}

export function readLink(path: Bytes): Bytes {
  return posixCall("readlink", path, () => readlinkSync(asBuffer(path), { encoding: "buffer" }));
}
