import type { Bytes } from "../base/bytes.ts";
import { joinName } from "./path.ts";
import type { Selection } from "./reject.ts";
import type { SourceFs } from "./source-fs.ts";
import type { FileStat } from "./source-stat.ts";

/** An entry that belongs into the snapshot. */
export interface AcceptedEntry {
  readonly name: Bytes;
  /** Absolute path on disk. */
  readonly path: Bytes;
  readonly stat: FileStat;
}

/** What is wrong with one entry; the rest of the directory is still given. */
export type EntryError = (path: Bytes, error: unknown) => void;

/** The accepted entries of one directory in tree order. Throws PosixError when the directory itself cannot be listed. */
export function listAccepted(dir: Bytes, selection: Selection, fs: SourceFs, onError: EntryError): AcceptedEntry[] {
  const accepted: AcceptedEntry[] = [];
  for (const name of fs.readDirectory(dir)) {
    const path = joinName(dir, name);
    const stat = acceptEntry(path, selection, fs, onError);
    if (stat !== undefined) accepted.push({ name, path, stat });
  }
  return accepted;
}

/** The entry's stat when it is to be saved. Vanished entries and sockets are passed over in silence (restic-format §9). */
export function acceptEntry(path: Bytes, selection: Selection, fs: SourceFs, onError: EntryError): FileStat | undefined {
  if (!selection.byName(path)) return undefined;
  let stat: FileStat | undefined;
  try {
    stat = fs.lstatIfThere(path);
  } catch (error) {
    onError(path, error);
    return undefined;
  }
  if (stat === undefined || stat.type === "socket" || !selection.byStat(path, stat)) return undefined;
  return stat;
}
