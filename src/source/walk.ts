import type { Bytes } from "../base/bytes.ts";
import type { Folder } from "./folder.ts";
import type { Selection } from "./reject.ts";
import type { StatFields } from "./stat-fields.ts";

/** What is wrong with one entry; the rest of the directory is still looked at. */
export type EntryError = (path: Bytes, error: unknown) => void;

/**
 * Whether entry `i` of a folder belongs into the snapshot; then `fields` hold its stat. Vanished entries and sockets are passed over in
 * silence (restic-format §9).
 */
export function acceptEntry(folder: Folder, i: number, selection: Selection, fields: StatFields, onError: EntryError): boolean {
  if (selection.asksNames && !selection.byName(folder.pathOf(i))) return false;
  try {
    if (!folder.stat(i, fields)) return false;
  } catch (error) {
    onError(folder.pathOf(i), error);
    return false;
  }
  if (fields.type === "socket") return false;
  return !selection.asksStats || selection.byStat(folder.pathOf(i), fields.toFileStat());
}
