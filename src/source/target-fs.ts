import { asBuffer, type Bytes, utf8 } from "../base/bytes.ts";
import { fromLatin, joinName, SLASH, toLatin } from "./path.ts";
import { readDirectory, readLink } from "./posix/directory.ts";
import {
  makeDirectories,
  makeDirectory,
  makeLink,
  makeSpecial,
  makeSymlink,
  PRIVATE_FILE,
  removeDirectory,
  type SpecialType,
  unlink,
} from "./posix/make.ts";
import { aboutPath, isErrno, PosixError } from "./posix/posix-error.ts";
import { closeFile, openForRead, type OpenSource } from "./posix/read-file.ts";
import { changeMode } from "./posix/set-metadata.ts";
import { lstatIfThere } from "./posix/stat.ts";
import { createNewFile, type FileTimes, openExistingFile, preallocate, truncate, writeAt, writeNewFile } from "./posix/write-file.ts";
import type { FileStat } from "./source-stat.ts";
import { type Anchors, openAnchors } from "./target-anchor.ts";
import {
  type FirstMetadata,
  firstMode,
  isSettled,
  type Home,
  type MetadataOptions,
  restoreMetadata,
  restoreMetadataOf,
  restoreNewFile,
  type TargetMetadata,
} from "./target-metadata.ts";
import { HostileNameError, isSafeName, targetNames } from "./target-path.ts";

export interface TargetOptions {
  /** False for a dry run: nothing is made, and a target that does not exist looks empty. */
  readonly create?: boolean;
  /** For tests: how directories are reached. */
  readonly anchors?: (root: Bytes) => Anchors;
}

export interface NewFile {
  readonly size: number;
  /** Leave holes where nothing will be written. Only for files that do not exist yet. */
  readonly sparse?: boolean;
  /** Nothing is expected there, so that making the file is tried before looking; what is there after all is treated alike. */
  readonly fresh?: boolean;
  /** What a fresh file will get in the end: made with its permissions at once where nothing else is to be changed before. */
  readonly metadata?: FirstMetadata;
  /** A directory in the file's place may be removed with all it holds (`--delete`); otherwise only when empty. */
  readonly replaceTree?: boolean;
}

/** A file open for writing. */
export interface TargetFile {
  readonly fd: number;
  /** Below the target; for messages. */
  readonly path: Bytes;
  /** Set for a file that was not there before. */
  readonly made?: MadeFile;
}

interface MadeFile {
  /** What was asked for; the system may have taken some of it away. */
  readonly mode: number;
  /** The directory it was made in. */
  readonly home: Home;
}

const PREALLOCATE_ABOVE = 1024 * 1024;

/**
 * Writing below one directory and nowhere else, whatever a snapshot says (restic-format §11). Paths are relative, made with
 * `childPath`. No symlink below the target is ever followed; errors name the full path. Close it when done.
 */
export class TargetFs {
  /** Absolute path of the target. */
  readonly root: Bytes;
  readonly #anchors: Anchors | undefined;
  /** Directories found or made to be entered in this run, by their names joined. */
  readonly #ensured = new Set<string>();
  /** Those of them that were made. */
  readonly #made = new Set<string>();
  /** The directory entered last, and how: files mostly come directory by directory. Only descriptor paths may be kept. */
  #last: { readonly dir: Bytes; readonly prefix: Bytes; readonly home: Home } | undefined;

  constructor(root: Bytes, anchors: Anchors | undefined) {
    this.root = root;
    this.#anchors = anchors;
  }

  /** The path as the user knows it. */
  fullPath(path: Bytes): Bytes {
    return path.length === 0 ? this.root : joinName(this.root, path);
  }

  /** Undefined when nothing is there, also when something other than a directory stands where a parent should be. */
  lstat(path: Bytes): FileStat | undefined {
    if (this.#anchors === undefined) return undefined;
    try {
      return this.#at(path, lstatIfThere);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  list(path: Bytes): Bytes[] {
    // The dot makes the listing of a descriptor path follow to the directory; a symlink at the name itself is refused before.
    return this.#inside(path, (dir) => readDirectory(joinName(dir, utf8("."))));
  }

  readLink(path: Bytes): Bytes {
    return this.#at(path, readLink);
  }

  /** For comparing what is there; undefined unless it is a regular file. */
  openToRead(path: Bytes): OpenSource | undefined {
    if (this.lstat(path)?.type !== "file") return undefined;
    return this.#at(path, openForRead);
  }

  /** Makes the directory and those above it, 0700. What is no directory is removed. True when the last one was made. */
  ensureDirectory(path: Bytes): boolean {
    if (path.length === 0) return false;
    const key = toLatin(path);
    if (this.#ensured.has(key)) return false;
    const cut = path.lastIndexOf(SLASH);
    const parent = path.subarray(0, Math.max(0, cut));
    // In a directory made in this run nothing is expected, and making is tried before looking.
    const isFresh = this.ensureDirectory(parent) || this.#made.has(toLatin(parent));
    const made = (isFresh && this.#tryDirectory(path)) || this.#ensureOne(path);
    this.#ensured.add(key);
    if (made) this.#made.add(key);
    return made;
  }

  #tryDirectory(path: Bytes): boolean {
    try {
      this.#at(path, makeDirectory);
      return true;
    } catch (error) {
      if (isErrno(error, "EEXIST")) return false;
      throw error;
    }
  }

  #ensureOne(path: Bytes): boolean {
    const there = this.#at(path, lstatIfThere);
    if (there?.type === "dir") {
      this.#makeEnterable(path, there);
      return false;
    }
    if (there !== undefined) this.#at(path, unlink);
    this.#at(path, makeDirectory);
    return true;
  }

  /** A directory restored before may have lost its owner's rights; its mode is restored again at the end. */
  #makeEnterable(path: Bytes, there: FileStat): void {
    if ((there.stMode & 0o700) === 0o700) return;
    try {
      this.#at(path, (entry) => changeMode(entry, (there.stMode & 0o7777) | 0o700));
    } catch (error) {
      if (!isErrno(error, "EPERM")) throw error;
    }
  }

  /**
   * Opens a file for its content, made anew unless a regular file with no other name is there. Sized by cutting, by holes
   * (sparse) or by reserving room.
   */
  createFile(path: Bytes, file: NewFile): TargetFile {
    const made = file.fresh === true ? this.#tryNew(path, file) : undefined;
    if (made !== undefined) return this.#sized(made, 0n, file);
    const there = this.#at(path, lstatIfThere);
    const reuse = there !== undefined && there.type === "file" && there.links === 1n;
    if (there !== undefined && !reuse) this.#replace(path, there, file.replaceTree === true);
    if (reuse) return this.#sized({ fd: this.#openExisting(path, there), path }, there.size, file);
    return this.#sized({ fd: this.#at(path, (entry) => createNewFile(entry)), path }, 0n, file);
  }

  /**
   * Writes a whole new file in as few steps as can be, where a sibling made before has shown that they are all it needs; false where none
   * has, or where something is there. A restore of 69,000 small files takes some 5 % less CPU with it.
   */
  writeLikeSiblings(path: Bytes, data: Bytes, metadata: FirstMetadata, times: FileTimes): boolean {
    try {
      const entry = this.#entryOf(path);
      const home = this.#last?.home;
      return home !== undefined && isSettled(home, metadata) && writeNewFile(entry, metadata.permissions, data, times);
    } catch (error) {
      throw aboutPath(error, this.fullPath(path));
    }
  }

  /** undefined when something is there. */
  #tryNew(path: Bytes, { metadata }: NewFile): TargetFile | undefined {
    try {
      const entry = this.#entryOf(path);
      const home = this.#last?.home ?? {};
      const mode = metadata === undefined ? PRIVATE_FILE : firstMode(home, metadata);
      return { fd: createNewFile(entry, mode), path, made: { mode, home } };
    } catch (error) {
      if (isErrno(error, "EEXIST")) return undefined;
      throw aboutPath(error, this.fullPath(path));
    }
  }

  #sized(opened: TargetFile, now: bigint, file: NewFile): TargetFile {
    try {
      this.#size(opened.fd, now, file);
    } catch (error) {
      closeFile(opened.fd);
      throw aboutPath(error, this.fullPath(opened.path));
    }
    return opened;
  }

  /** Opens a file that `createFile` made earlier in this run. */
  openFile(path: Bytes): TargetFile {
    return { fd: this.#at(path, openExistingFile), path };
  }

  #openExisting(path: Bytes, there: FileStat): number {
    try {
      return this.#at(path, openExistingFile);
    } catch (error) {
      if (!isErrno(error, "EACCES")) throw error;
      this.#at(path, (entry) => changeMode(entry, (there.stMode & 0o7777) | 0o600));
      return this.#at(path, openExistingFile);
    }
  }

  #replace(path: Bytes, there: FileStat, wholeTree: boolean): void {
    if (there.type === "dir" && wholeTree) this.removeTree(path);
    else this.remove(path);
  }

  #size(fd: number, now: bigint, file: NewFile): void {
    if (now > BigInt(file.size) || (file.sparse === true && now !== BigInt(file.size))) truncate(fd, file.size);
    else if (file.sparse !== true && file.size >= PREALLOCATE_ABOVE) preallocate(fd, file.size);
  }

  writeAt(file: TargetFile, data: Bytes, offset: number): void {
    this.#tell(file.path, () => writeAt(file.fd, data, offset));
  }

  /** Restores the metadata of a file whose content is written, and closes it. As `setMetadata`, but nothing has to be looked up. */
  finishFile(file: TargetFile, metadata: TargetMetadata, options: MetadataOptions): void {
    try {
      const { fd, made } = file;
      this.#tell(file.path, () => {
        if (made === undefined) restoreMetadataOf(fd, metadata, options);
        else restoreNewFile(fd, made.mode, made.home, metadata, options);
      });
    } finally {
      closeFile(file.fd);
    }
  }

  closeFile(file: TargetFile): void {
    closeFile(file.fd);
  }

  /** What is at `path` is removed first, unless it is a directory that holds something. */
  symlink(path: Bytes, target: Bytes): void {
    this.remove(path);
    this.#at(path, (entry) => makeSymlink(target, entry));
  }

  /** A second name for `existing`, which is also a path below the target. */
  link(existing: Bytes, path: Bytes): void {
    this.remove(path);
    this.#at(existing, (from) => this.#at(path, (entry) => makeLink(from, entry)));
  }

  makeSpecial(path: Bytes, type: SpecialType, device: bigint): void {
    this.remove(path);
    this.#at(path, (entry) => makeSpecial(entry, type, device));
  }

  /** Removes one entry, a directory only when it is empty. Nothing there is fine. True when something was removed. */
  remove(path: Bytes): boolean {
    const there = this.lstat(path);
    if (there === undefined) return false;
    if (there.type !== "dir") this.#at(path, unlink);
    else {
      const names = targetNames(path);
      this.#ensured.delete(names.join("/"));
      this.#made.delete(names.join("/"));
      this.#last = undefined;
      this.#anchors?.drop(names);
      this.#at(path, removeDirectory);
    }
    return true;
  }

  /** Removes an entry and all below it, inner entries first; tells each path as it goes. Symlinks are removed, not followed. */
  removeTree(path: Bytes, onRemoved: (path: Bytes, stat: FileStat) => void = () => undefined): void {
    const there = this.lstat(path);
    if (there === undefined) return;
    if (there.type === "dir") {
      this.#makeEnterable(path, there);
      for (const name of this.list(path)) this.removeTree(joinName(path, name), onRemoved);
    }
    this.remove(path);
    onRemoved(path, there);
  }

  /** Owner, attributes, times and mode in restic's order. Throws the first failure after having tried everything. */
  setMetadata(path: Bytes, metadata: TargetMetadata, options: MetadataOptions): void {
    this.#at(path, (entry) => restoreMetadata(entry, metadata, options, this.#anchors?.pinned === true));
  }

  close(): void {
    this.#last = undefined;
    this.#anchors?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Calls with a path to the entry that no symlink can bend; the root is reached as ".". */
  #at<T>(path: Bytes, call: (entry: Bytes) => T): T {
    try {
      return call(this.#entryOf(path));
    } catch (error) {
      throw aboutPath(error, this.fullPath(path));
    }
  }

  /** The names of the directory entered last were checked when it was entered; the entry's own is checked every time. */
  #entryOf(path: Bytes): Bytes {
    const cut = path.lastIndexOf(SLASH);
    const last = this.#last;
    if (last !== undefined && cut === last.dir.length && isSameDir(path, last.dir)) {
      const name = path.subarray(cut + 1);
      if (!isSafeName(name)) throw new HostileNameError(name);
      return joinName(last.prefix, name);
    }
    const names = targetNames(path);
    const name = names.pop() ?? ".";
    const prefix = this.#prefix(names);
    if (cut > 0 && this.#anchors?.pinned === true) this.#last = { dir: path.subarray(0, cut), prefix, home: {} };
    return joinName(prefix, fromLatin(name));
  }

  #inside<T>(path: Bytes, call: (directory: Bytes) => T): T {
    const names = targetNames(path);
    return this.#tell(path, () => call(this.#prefix(names)));
  }

  /** May close the directory entered last, when too many are open. */
  #prefix(names: readonly string[]): Bytes {
    this.#last = undefined;
    if (this.#anchors === undefined) throw new PosixError("open", this.root, "ENOENT", "no such file or directory");
    return this.#anchors.prefixOf(names);
  }

  #tell<T>(path: Bytes, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw aboutPath(error, this.fullPath(path));
    }
  }
}

function isSameDir(path: Bytes, dir: Bytes): boolean {
  return asBuffer(path).compare(dir, 0, dir.length, 0, dir.length) === 0;
}

/** Opens a restore's target, made with its parents when it does not exist. `root` is absolute. */
export function openTarget(root: Bytes, options: TargetOptions = {}): TargetFs {
  const anchors = options.anchors ?? openAnchors;
  if (options.create === false && lstatIfThere(root) === undefined) return new TargetFs(root, undefined);
  if (options.create !== false) makeDirectories(root);
  return new TargetFs(root, anchors(root));
}
