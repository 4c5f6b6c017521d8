import type { NodeType } from "./node.ts";

/** Bits of Go's os.FileMode (restic-format §7.1). */
export const GO_DIR = 0x8000_0000;
export const GO_SYMLINK = 0x0800_0000;
export const GO_DEVICE = 0x0400_0000;
export const GO_PIPE = 0x0200_0000;
export const GO_SOCKET = 0x0100_0000;
export const GO_SETUID = 0x0080_0000;
export const GO_SETGID = 0x0040_0000;
export const GO_CHAR_DEVICE = 0x0020_0000;
export const GO_STICKY = 0x0010_0000;
export const GO_IRREGULAR = 0x0008_0000;
const PERMISSIONS = 0o777;

const S_IFMT = 0o170000;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_ISVTX = 0o1000;

const BY_STAT_TYPE = new Map<number, { readonly bits: number; readonly type: NodeType }>([
  [0o100000, { bits: 0, type: "file" }],
  [0o040000, { bits: GO_DIR, type: "dir" }],
  [0o120000, { bits: GO_SYMLINK, type: "symlink" }],
  [0o060000, { bits: GO_DEVICE, type: "dev" }],
  [0o020000, { bits: GO_DEVICE + GO_CHAR_DEVICE, type: "chardev" }],
  [0o010000, { bits: GO_PIPE, type: "fifo" }],
  [0o140000, { bits: GO_SOCKET, type: "socket" }],
]);

/** st_mode as restic stores it. */
export function goModeFromStat(stMode: number): number {
  let mode = (BY_STAT_TYPE.get(stMode & S_IFMT)?.bits ?? GO_IRREGULAR) + (stMode & PERMISSIONS);
  if ((stMode & S_ISUID) !== 0) mode += GO_SETUID;
  if ((stMode & S_ISGID) !== 0) mode += GO_SETGID;
  if ((stMode & S_ISVTX) !== 0) mode += GO_STICKY;
  return mode;
}

export function nodeTypeOfStatMode(stMode: number): NodeType {
  return BY_STAT_TYPE.get(stMode & S_IFMT)?.type ?? "irregular";
}

/** What chmod takes: permissions, setuid, setgid and sticky. */
export function posixModeFromGo(mode: number): number {
  return (
    (mode & PERMISSIONS) |
    ((mode & GO_SETUID) !== 0 ? S_ISUID : 0) |
    ((mode & GO_SETGID) !== 0 ? S_ISGID : 0) |
    ((mode & GO_STICKY) !== 0 ? S_ISVTX : 0)
  );
}

/** One letter per bit from the highest down. */
const TYPE_LETTERS = "dalTLDpSugct?";
const PERMISSION_LETTERS = "rwxrwxrwx";

/** The text restic shows for a mode, Go's FileMode.String: `-rw-r--r--`, `drwxr-xr-x`, `Dcrw-rw-rw-`, `urwxr-xr-x`. */
export function permissionsText(mode: number): string {
  const letters = TYPE_LETTERS.split("")
    .filter((_, i) => ((mode >>> (31 - i)) & 1) === 1)
    .join("");
  const rights = PERMISSION_LETTERS.split("").map((letter, i) => (((mode >>> (8 - i)) & 1) === 1 ? letter : "-"));
  return (letters === "" ? "-" : letters) + rights.join("");
}
