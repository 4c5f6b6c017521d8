import { constants } from "node:fs";
import type { Bytes } from "../../base/bytes.ts";
import { FOLDERS_OPEN_MAX } from "../../base/limits.ts";
import { type Folder, type FolderReader, ListedFolder } from "../folder.ts";
import { SLASH } from "../path.ts";
import type { SourceXattr } from "../source-stat.ts";
import { type StatFields, sourceTypeOf } from "../stat-fields.ts";
import type { WalkCalls } from "./libc.ts";
import { errnoError, isErrno } from "./posix-error.ts";
import { meansNone, readXattrs } from "./xattr.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_STATS = 0x7ff;
/** The one that node:fs does not name, as it always sets it. */
const O_CLOEXEC = 0o2000000;
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
const ENOENT = 2;
const ENAMETOOLONG = 36;
const PATH_MAX = 4096;
const LISTING_ROOM = 128 * 1024;
const DOT = 0x2e;
const NO_XATTRS: readonly SourceXattr[] = Object.freeze([]);
/** Folders that are kept to be filled again. */
const FOLDERS_KEPT = 32;

/**
 * Directories by the C library's calls: entries are looked up below an open descriptor and told into memory whose address is known, so
 * that neither a path nor an object is made for one. Listing and stating 79,000 entries in 5,700 directories: see bench/micro/walk.ts.
 */
export function nativeFolders(calls: WalkCalls): FolderReader {
  const room = new Rooms(calls);
  return { open: (path) => room.open(path) };
}

/** Memory that all directories of a thread share. */
class Rooms {
  readonly calls: WalkCalls;
  /** Where getdents writes; also link targets. */
  readonly listing = Buffer.allocUnsafeSlow(LISTING_ROOM);
  readonly listingAt: bigint;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
  readonly statAt: bigint;
  /** A path that C can read. Whose folder's path it begins with is remembered. */
  readonly path = Buffer.allocUnsafeSlow(PATH_MAX);
  readonly pathAt: bigint;
  pathOwner: NativeFolder | undefined;
  private readonly free: NativeFolder[] = [];
  /** Folders with an open descriptor, the outermost first. */
  private readonly opened: NativeFolder[] = [];

  constructor(calls: WalkCalls) {
    this.calls = calls;
    const stat = new ArrayBuffer(256);
    this.halves = new Uint16Array(stat);
    this.words = new Uint32Array(stat);
    this.listingAt = calls.addressOf(this.listing);
    this.statAt = calls.addressOf(this.words as unknown as Bytes);
    this.pathAt = calls.addressOf(this.path);
  }

  open(path: Bytes): Folder {
    const folder = this.free.pop() ?? new NativeFolder(this);
    folder.fill(path);
    return folder;
  }

  openDescriptor(folder: NativeFolder): number {
    if (this.opened.length >= FOLDERS_OPEN_MAX) this.opened.shift()!.closeDescriptor();
    const { path } = folder;
    if (path.length >= PATH_MAX) throw errnoError("open", path, ENAMETOOLONG);
    this.path.set(path);
    this.path[path.length] = 0;
    this.pathOwner = undefined;
    const fd = this.calls.openat(AT_FDCWD, this.pathAt, OPEN_FLAGS, 0);
    if (fd < 0) throw errnoError("open", path, this.calls.errno());
    this.opened.push(folder);
    return fd;
  }

  closed(folder: NativeFolder, fd: number): void {
    this.calls.close(fd);
    const at = this.opened.lastIndexOf(folder);
    if (at >= 0) this.opened.splice(at, 1);
  }

  release(folder: NativeFolder): void {
    if (this.pathOwner === folder) this.pathOwner = undefined;
    if (this.free.length < FOLDERS_KEPT) this.free.push(folder);
  }
}

class NativeFolder extends ListedFolder implements Folder {
  private readonly rooms: Rooms;
  private fd = -1;
  private namesAt = 0n;
  private namesOf: Bytes | undefined;

  constructor(rooms: Rooms) {
    super();
    this.rooms = rooms;
  }

  fill(path: Bytes): void {
    this.path = path;
    this.list.clear();
    try {
      this.fd = this.rooms.openDescriptor(this);
      this.read();
    } catch (error) {
      this.close();
      throw error;
    }
    this.list.sort();
    if (this.namesOf !== this.list.bytes) {
      this.namesOf = this.list.bytes;
      this.namesAt = this.rooms.calls.addressOf(this.namesOf);
    }
  }

  /** struct linux_dirent64: inode and offset (8 bytes each), length of the record (2), type (1), name. */
  private read(): void {
    const { calls, listing, listingAt } = this.rooms;
    for (;;) {
      const length = Number(calls.getdents64(this.fd, listingAt, BigInt(LISTING_ROOM)));
      if (length < 0) throw errnoError("open", this.path, calls.errno());
      if (length === 0) return;
      for (let at = 0; at < length;) {
        const start = at + 19;
        let end = start;
        while (listing[end] !== 0) end++;
        const isDots = listing[start] === DOT && (end === start + 1 || (end === start + 2 && listing[start + 1] === DOT));
        if (!isDots) this.list.add(listing, start, end, listing[at + 18]!);
        at += listing[at + 16]! | (listing[at + 17]! << 8);
      }
    }
  }

  stat(i: number, into: StatFields): boolean {
    const { calls, statAt, words } = this.rooms;
    if (this.path.length + this.lengthOf(i) + 1 >= PATH_MAX) throw errnoError("lstat", this.pathOf(i), ENAMETOOLONG);
    if (this.fd < 0 && !this.reopen()) return false;
    const nameAt = this.namesAt + BigInt(this.list.starts[i]!);
    if (calls.statx(this.fd, nameAt, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, statAt) !== 0) {
      const errno = calls.errno();
      if (errno === ENOENT) return false;
      throw errnoError("lstat", this.pathOf(i), errno);
    }
    into.stMode = this.rooms.halves[14]!;
    into.type = sourceTypeOf(into.stMode);
    into.links = words[4]!;
    into.uid = words[5]!;
    into.gid = words[6]!;
    into.inodeLow = words[8]!;
    into.inodeHigh = words[9]!;
    into.sizeLow = words[10]!;
    into.sizeHigh = words[11]!;
    into.atimeSeconds = signedSeconds(words, 16);
    into.atimeNanos = words[18]!;
    into.ctimeSeconds = signedSeconds(words, 24);
    into.ctimeNanos = words[26]!;
    into.mtimeSeconds = signedSeconds(words, 28);
    into.mtimeNanos = words[30]!;
    into.deviceLow = deviceLow(words[32]!, words[33]!);
    into.deviceHigh = deviceHigh(words[32]!, words[33]!);
    into.deviceIdLow = deviceLow(words[34]!, words[35]!);
    into.deviceIdHigh = deviceHigh(words[34]!, words[35]!);
    return true;
  }

  readLink(i: number): Bytes {
    const { calls, listing, listingAt } = this.rooms;
    if (this.fd < 0 && !this.reopen()) throw errnoError("readlink", this.pathOf(i), ENOENT);
    const length = Number(calls.readlinkat(this.fd, this.namesAt + BigInt(this.list.starts[i]!), listingAt, BigInt(LISTING_ROOM)));
    if (length < 0) throw errnoError("readlink", this.pathOf(i), calls.errno());
    return Buffer.from(listing.subarray(0, length));
  }

  xattrs(i: number, warn: (error: Error, name: Bytes) => void): readonly SourceXattr[] {
    const { calls } = this.rooms;
    // Asked for the length alone: hardly any file has attributes.
    const length = calls.llistxattr(this.cPath(i), 0n, 0n);
    if (length === 0n) return NO_XATTRS;
    if (length < 0n) {
      const error = errnoError("llistxattr", this.pathOf(i), calls.errno());
      if (meansNone(error)) return NO_XATTRS;
      throw error;
    }
    return readXattrs(this.pathOf(i), warn);
  }

  /** Address of the entry's whole path; there is no such call below a descriptor. */
  private cPath(i: number): bigint {
    const { path: room, pathAt } = this.rooms;
    const { length } = this.path;
    if (this.rooms.pathOwner !== this) {
      room.set(this.path);
      this.rooms.pathOwner = this;
    }
    const gap = length > 0 && this.path[length - 1] !== SLASH ? 1 : 0;
    room[length] = SLASH;
    const { bytes, starts } = this.list;
    const start = starts[i]!;
    const nameLength = this.lengthOf(i);
    // The NUL comes along.
    for (let k = 0; k <= nameLength; k++) room[length + gap + k] = bytes[start + k]!;
    return pathAt;
  }

  /** Deep below, descriptors are closed. False when the directory is gone. */
  private reopen(): boolean {
    try {
      this.fd = this.rooms.openDescriptor(this);
      return true;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }

  closeDescriptor(): void {
    const { fd } = this;
    this.fd = -1;
    if (fd >= 0) this.rooms.closed(this, fd);
  }

  close(): void {
    this.closeDescriptor();
    this.rooms.release(this);
  }
}

function signedSeconds(words: Uint32Array, at: number): number {
  return (words[at + 1]! | 0) * 0x1_0000_0000 + words[at]!;
}

/** st_dev and st_rdev as the C library puts them together from what statx tells in two parts. */
function deviceLow(major: number, minor: number): number {
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}

function deviceHigh(major: number, minor: number): number {
  return ((major & 0xfffff000) | (minor >>> 20)) >>> 0;
}
