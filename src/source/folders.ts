import type { FolderReader } from "./folder.ts";
import { walkCalls } from "./posix/libc.ts";
import { nativeFolders } from "./posix/native-folder.ts";
import { plainFolders } from "./posix/plain-folder.ts";
import { posixFs, type SourceFs } from "./source-fs.ts";

/** Reads the directories of a file system in the fastest way there is for it. */
export function foldersOf(fs: SourceFs): FolderReader {
  return fs === posixFs && walkCalls !== undefined ? nativeFolders(walkCalls) : plainFolders(fs);
}
