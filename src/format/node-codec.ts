import { textStrict, toBase64, utf8 } from "../base/bytes.ts";
import type { Bytes } from "../base/bytes.ts";
import type { BlobId } from "../base/id.ts";
import type { Time } from "../base/time.ts";
import { encodeByteString, encodeSortedMap, encodeString } from "./go-json.ts";
import { quoteName, unquoteName } from "./go-quote.ts";
import { ObjectReader, toId } from "./json-reader.ts";
import type { Node, NodeType, Xattr } from "./node.ts";
import { encodeTime } from "./time-text.ts";

const UINT32_MAX = 0xffff_ffff;
const NO_BYTES: Bytes = new Uint8Array(0);
const NO_XATTRS: readonly Xattr[] = [];

/** A node's JSON, byte for byte as restic writes it: field order and omissions of restic-format §7.1. */
export function encodeNode(node: Node): string {
  const mtime = encodeTime(node.mtime);
  const atime = sameTime(node.atime, node.mtime) ? mtime : encodeTime(node.atime);
  const ctime = sameTime(node.ctime, node.mtime) ? mtime : encodeTime(node.ctime);
  let out = `{"name":${encodeString(quoteName(node.name))},"type":${encodeString(node.type)}`;
  if (node.mode !== 0) out += `,"mode":${node.mode}`;
  out += `,"mtime":"${mtime}","atime":"${atime}","ctime":"${ctime}","uid":${node.uid},"gid":${node.gid}`;
  if (node.user !== "") out += `,"user":${encodeString(node.user)}`;
  if (node.group !== "") out += `,"group":${encodeString(node.group)}`;
  if (node.inode !== 0n) out += `,"inode":${node.inode}`;
  if (node.deviceId !== 0n) out += `,"device_id":${node.deviceId}`;
  if (node.size !== 0n) out += `,"size":${node.size}`;
  if (node.links !== 0n) out += `,"links":${node.links}`;
  if (node.linkTarget.length > 0) out += encodeLinkTarget(node.linkTarget);
  if (node.xattrs.length > 0) out += `,"extended_attributes":[${node.xattrs.map(encodeXattr).join(",")}]`;
  if (node.genericAttributes !== undefined) out += `,"generic_attributes":${node.genericAttributes}`;
  if (node.device !== 0n) out += `,"device":${node.device}`;
  out += `,"content":${encodeContent(node.content)}`;
  if (node.subtree !== undefined) out += `,"subtree":"${node.subtree}"`;
  if (node.error !== "") out += `,"error":${encodeString(node.error)}`;
  return `${out}}`;
}

function sameTime(a: Time, b: Time): boolean {
  return a.ns === b.ns && a.offset === b.offset;
}

/** §7.5: bytes that are no UTF-8 go beside the lossy text. */
export function encodeLinkTarget(target: Bytes): string {
  const raw = textStrict(target) === undefined ? `,"linktarget_raw":"${toBase64(target)}"` : "";
  return `,"linktarget":${encodeByteString(target)}${raw}`;
}

export function encodeXattr(xattr: Xattr): string {
  return `{"name":${encodeByteString(xattr.name)},"value":"${toBase64(xattr.value)}"}`;
}

function encodeContent(content: readonly BlobId[] | null): string {
  if (content === null) return "null";
  return content.length === 0 ? "[]" : `["${content.join('","')}"]`;
}

/** Decodes one parsed node. Types restic does not know are kept as they are, for check to report. */
export function decodeNode(value: unknown, what: string): Node {
  const json = new ObjectReader(value, what);
  const mtime = json.time("mtime");
  return {
    name: unquoteName(json.text("name")) ?? fail(json, "name", "not a quoted name"),
    type: json.text("type") as NodeType,
    mode: json.uint("mode", UINT32_MAX),
    mtime,
    atime: json.raw("atime") === json.raw("mtime") ? mtime : json.time("atime"),
    ctime: json.raw("ctime") === json.raw("mtime") ? mtime : json.time("ctime"),
    uid: json.uint("uid", UINT32_MAX),
    gid: json.uint("gid", UINT32_MAX),
    user: json.text("user"),
    group: json.text("group"),
    inode: json.uint64("inode"),
    deviceId: json.uint64("device_id"),
    size: json.uint64("size"),
    links: json.uint64("links"),
    linkTarget: decodeLinkTarget(json),
    xattrs: json.has("extended_attributes") ? json.list("extended_attributes").map((item) => decodeXattr(item, what)) : NO_XATTRS,
    genericAttributes: decodeGenericAttributes(json),
    device: json.uint64("device"),
    content: decodeContent(json),
    subtree: json.optionalId("subtree"),
    error: json.text("error"),
  };
}

function decodeLinkTarget(json: ObjectReader): Bytes {
  if (json.has("linktarget_raw")) return json.base64("linktarget_raw");
  return json.has("linktarget") ? utf8(json.text("linktarget")) : NO_BYTES;
}

function decodeXattr(value: unknown, what: string): Xattr {
  const json = new ObjectReader(value, what);
  return { name: utf8(json.text("name")), value: json.base64("value") };
}

function decodeGenericAttributes(json: ObjectReader): string | undefined {
  const value = json.raw("generic_attributes");
  if (value === undefined) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) fail(json, "generic_attributes", "not a JSON object");
  return Object.keys(value as object).length === 0 ? undefined : encodeSortedMap(value as object);
}

function decodeContent(json: ObjectReader): readonly BlobId[] | null {
  if (!json.has("content")) return null;
  return json.list("content").map((item) => toId<"blob">(item) ?? fail(json, "content", "not a list of ids"));
}

function fail(json: ObjectReader, name: string, check: string): never {
  throw json.wrong(name, check);
}
