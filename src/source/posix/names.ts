import { readFileSync } from "node:fs";
import { utf8 } from "../../base/bytes.ts";
import { cString } from "./c-string.ts";
import { libc } from "./libc.ts";

/**
 * Ids to names and back, cached for the life of the thread. Both C structs begin with the name's address and hold the id
 * at byte 16 on 64-bit Linux (name, password, id). Without the binding /etc/passwd and /etc/group are read.
 */
type Table = "user" | "group";

const FILES: Readonly<Record<Table, string>> = { user: "/etc/passwd", group: "/etc/group" };
const ID_OFFSET = 16;
const ERANGE = 34;

const nameById: Readonly<Record<Table, Map<number, string>>> = { user: new Map(), group: new Map() };
const idByName: Readonly<Record<Table, Map<string, number | undefined>>> = { user: new Map(), group: new Map() };

/** The user's name, or "" when the system knows none (restic-format §7.1). */
export function userName(uid: number): string {
  return cachedName("user", uid);
}

export function groupName(gid: number): string {
  return cachedName("group", gid);
}

export function userId(name: string): number | undefined {
  return cachedId("user", name);
}

export function groupId(name: string): number | undefined {
  return cachedId("group", name);
}

function cachedName(table: Table, id: number): string {
  let name = nameById[table].get(id);
  if (name === undefined) nameById[table].set(id, (name = lookUpName(table, id)));
  return name;
}

function cachedId(table: Table, name: string): number | undefined {
  if (!idByName[table].has(name)) idByName[table].set(name, lookUpId(table, name));
  return idByName[table].get(name);
}

function lookUpName(table: Table, id: number): string {
  if (libc === undefined) return fileEntries(table).find((entry) => entry.id === id)?.name ?? "";
  const call = table === "user" ? libc.getpwuid_r : libc.getgrgid_r;
  const entry = ask((struct, room, result) => call(id, struct, room, BigInt(room.length), result));
  return entry === undefined ? "" : libc.textAt(entry.struct.readBigUInt64LE(0));
}

function lookUpId(table: Table, name: string): number | undefined {
  if (name === "" || name.includes("\0")) return undefined;
  if (libc === undefined) return fileEntries(table).find((entry) => entry.name === name)?.id;
  const call = table === "user" ? libc.getpwnam_r : libc.getgrnam_r;
  const cName = cString(utf8(name));
  return ask((struct, room, result) => call(cName, struct, room, BigInt(room.length), result))?.struct.readUInt32LE(ID_OFFSET);
}

/** `room` is kept beside `struct`: the name the struct points to lies in it. */
function ask(call: (struct: Buffer, room: Buffer, result: Buffer) => number): { struct: Buffer; room: Buffer } | undefined {
  const struct = Buffer.alloc(128);
  const result = Buffer.alloc(8);
  for (let size = 4096; size <= 1 << 20; size *= 4) {
    const room = Buffer.alloc(size);
    const code = call(struct, room, result);
    if (code !== ERANGE) return code === 0 && result.readBigUInt64LE(0) !== 0n ? { struct, room } : undefined;
  }
  return undefined;
}

function fileEntries(table: Table): { name: string; id: number }[] {
  let text: string;
  try {
    text = readFileSync(FILES[table], "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => /^\d+$/.test(fields[2] ?? "") && fields[0] !== "")
    .map((fields) => ({ name: fields[0] ?? "", id: Number(fields[2]) }));
}
