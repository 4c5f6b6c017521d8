import { constants } from "node:fs";
import type { Bytes } from "../../base/bytes.ts";
import { type Folder, type FolderReader, ListedFolder } from "../folder.ts";
import { SLASH } from "../path.ts";
import type { SourceXattr } from "../source-stat.ts";
import { type StatFields, sourceTypeOf } from "../stat-fields.ts";
import type { StatLayout, WalkCalls } from "./libc.ts";
import { errnoError } from "./posix-error.ts";
import { meansNone, readXattrs } from "./xattr.ts";

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
 * Directories by the C library's calls, into and out of memory whose address is known: no path and no object is made for an entry. Calls
 * of at most three arguments alone, each with a whole path: the binding takes 0.5 µs more for a fourth, which is what the system would
 * save below an open descriptor. List and stat: 1.5 µs an entry, 5.7 by node:fs (bench/micro/walk.ts).
 */
export function nativeFolders(calls: WalkCalls): FolderReader {
  const rooms = new Rooms(calls);
  return { open: (path) => rooms.open(path) };
}

/** Memory that all directories of a thread share. */
class Rooms {
  readonly calls: WalkCalls;
  /** Where getdents writes; also link targets. */
  readonly listing = Buffer.allocUnsafeSlow(LISTING_ROOM);
  readonly listingAt: bigint;
  readonly stat: Uint32Array;
  readonly statAt: bigint;
  /** A path that C can read, and whose it begins with. */
  readonly path = Buffer.allocUnsafeSlow(PATH_MAX);
  readonly pathAt: bigint;
  pathOwner: NativeFolder | undefined;
  private readonly free: NativeFolder[] = [];

  constructor(calls: WalkCalls) {
    this.calls = calls;
    const stat = Buffer.allocUnsafeSlow(calls.layout.length);
    this.stat = new Uint32Array(stat.buffer, 0, calls.layout.length / 4);
    this.listingAt = calls.addressOf(this.listing);
    this.statAt = calls.addressOf(stat);
    this.pathAt = calls.addressOf(this.path);
  }

  open(path: Bytes): Folder {
    const folder = this.free.pop() ?? new NativeFolder(this);
    folder.fill(path);
    return folder;
  }

  release(folder: NativeFolder): void {
    if (this.pathOwner === folder) this.pathOwner = undefined;
    if (this.free.length < FOLDERS_KEPT) this.free.push(folder);
  }
}

class NativeFolder extends ListedFolder implements Folder {
  private readonly rooms: Rooms;
  /** Of the directory's path, with the slash behind it. */
  private prefix = 0;

  constructor(rooms: Rooms) {
    super();
    this.rooms = rooms;
  }

  fill(path: Bytes): void {
    this.path = path;
    this.list.clear();
    this.prefix = path.length > 0 && path[path.length - 1] !== SLASH ? path.length + 1 : path.length;
    const { calls } = this.rooms;
    if (this.prefix >= PATH_MAX) throw errnoError("open", path, ENAMETOOLONG);
    const fd = calls.open(this.ownPath(), OPEN_FLAGS, 0);
    try {
      if (fd < 0) throw errnoError("open", path, calls.errno());
      this.read(fd);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      if (fd >= 0) calls.close(fd);
    }
    this.list.sort();
  }

  /** struct linux_dirent64: inode and offset (8 bytes each), length of the record (2), type (1), name. */
  private read(fd: number): void {
    const { calls, listing, listingAt } = this.rooms;
    for (;;) {
      const length = Number(calls.getdents64(fd, listingAt, LISTING_BYTES));
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
    const { calls, stat, statAt } = this.rooms;
    if (this.prefix + this.lengthOf(i) >= PATH_MAX) throw errnoError("lstat", this.pathOf(i), ENAMETOOLONG);
    if (calls.lstat(this.entryPath(i), statAt) !== 0) {
      const errno = calls.errno();
      if (errno === ENOENT) return false;
      throw errnoError("lstat", this.pathOf(i), errno);
    }
    takeStat(stat, calls.layout, into);
    return true;
  }

  readLink(i: number): Bytes {
    const { calls, listing, listingAt } = this.rooms;
    const length = Number(calls.readlink(this.entryPath(i), listingAt, LISTING_BYTES));
    if (length < 0) throw errnoError("readlink", this.pathOf(i), calls.errno());
    return Buffer.from(listing.subarray(0, length));
  }

  xattrs(i: number, warn: (error: Error, name: Bytes) => void): readonly SourceXattr[] {
    const { calls } = this.rooms;
    // Asked for the length alone: hardly any file has attributes.
    const length = calls.llistxattr(this.entryPath(i), 0n, 0n);
    if (length === 0n) return NO_XATTRS;
    if (length < 0n) {
      const error = errnoError("llistxattr", this.pathOf(i), calls.errno());
      if (meansNone(error)) return NO_XATTRS;
      throw error;
    }
    return readXattrs(this.pathOf(i), warn);
  }

  /** Address of the directory's path. */
  private ownPath(): bigint {
    const { rooms, path } = this;
    rooms.path.set(path);
    rooms.path[path.length] = 0;
    rooms.pathOwner = undefined;
    return rooms.pathAt;
  }

  /** Address of the entry's path. */
  private entryPath(i: number): bigint {
    const { rooms, prefix } = this;
    const room = rooms.path;
    if (rooms.pathOwner !== this) {
      room.set(this.path);
      room[prefix - 1] = SLASH;
      rooms.pathOwner = this;
    }
    const { bytes, starts } = this.list;
    const start = starts[i]!;
    const length = this.lengthOf(i);
    // The NUL comes along.
    for (let k = 0; k <= length; k++) room[prefix + k] = bytes[start + k]!;
    return rooms.pathAt;
  }

  close(): void {
    this.rooms.release(this);
  }
}

const LISTING_BYTES = BigInt(LISTING_ROOM);

/** From a struct stat in words of 32 bits, the lower half of a number first. */
function takeStat(words: Uint32Array, at: StatLayout, into: StatFields): void {
  into.stMode = words[at.mode]!;
  into.type = sourceTypeOf(into.stMode);
  into.links = words[at.links]!;
  into.uid = words[at.uid]!;
  into.gid = words[at.uid + 1]!;
  into.deviceIdLow = words[at.dev]!;
  into.deviceIdHigh = words[at.dev + 1]!;
  into.inodeLow = words[at.ino]!;
  into.inodeHigh = words[at.ino + 1]!;
  into.deviceLow = words[at.rdev]!;
  into.deviceHigh = words[at.rdev + 1]!;
  into.sizeLow = words[at.size]!;
  into.sizeHigh = words[at.size + 1]!;
  into.atimeSeconds = signed(words, at.times);
  into.atimeNanos = words[at.times + 2]!;
  into.mtimeSeconds = signed(words, at.times + 4);
  into.mtimeNanos = words[at.times + 6]!;
  into.ctimeSeconds = signed(words, at.times + 8);
  into.ctimeNanos = words[at.times + 10]!;
}

function signed(words: Uint32Array, at: number): number {
  return (words[at + 1]! | 0) * 0x1_0000_0000 + words[at]!;
}
