import { createRequire } from "node:module";
import { arch, endianness, platform } from "node:os";
import type { Bytes } from "../../base/bytes.ts";

/**
 * The one file of this room that touches node:ffi (experimental). Only 64-bit little-endian Linux is bound; elsewhere `libc` is
 * undefined and its callers fall back to node:fs, losing nanoseconds in written times, extended attributes, device nodes
 * and fifos (`capabilities.ts` says which).
 *
 * Measured (Node 26.10): a bound call costs 50 ns when its arguments are numbers and kept addresses, 350 ns for each Buffer, and 500 ns
 * for a fourth argument, whatever it is; on top of that what the system takes. One lstat: 4.5 µs by node:fs with bigint, 0.5 µs here.
 */
const SIGNATURES = {
  __errno_location: { arguments: [], return: "pointer" },
  llistxattr: { arguments: ["buffer", "buffer", "u64"], return: "i64" },
  lgetxattr: { arguments: ["buffer", "buffer", "buffer", "u64"], return: "i64" },
  lsetxattr: { arguments: ["buffer", "buffer", "buffer", "u64", "i32"], return: "i32" },
  lremovexattr: { arguments: ["buffer", "buffer"], return: "i32" },
  mknod: { arguments: ["buffer", "u32", "u64"], return: "i32" },
  flistxattr: { arguments: ["i32", "buffer", "u64"], return: "i64" },
  fsetxattr: { arguments: ["i32", "buffer", "buffer", "u64", "i32"], return: "i32" },
  fremovexattr: { arguments: ["i32", "buffer"], return: "i32" },
  futimens: { arguments: ["i32", "buffer"], return: "i32" },
  utimensat: { arguments: ["i32", "buffer", "buffer", "i32"], return: "i32" },
  fallocate: { arguments: ["i32", "i32", "i64", "i64"], return: "i32" },
  getpwuid_r: { arguments: ["u32", "buffer", "buffer", "u64", "buffer"], return: "i32" },
  getpwnam_r: { arguments: ["buffer", "buffer", "buffer", "u64", "buffer"], return: "i32" },
  getgrgid_r: { arguments: ["u32", "buffer", "buffer", "u64", "buffer"], return: "i32" },
  getgrnam_r: { arguments: ["buffer", "buffer", "buffer", "u64", "buffer"], return: "i32" },
} as const;

type Ffi = typeof import("node:ffi");
type Functions = ReturnType<typeof bindAll>["functions"];

export interface Libc extends Functions {
  /** The calling thread's errno; read it right after a call that failed. */
  errno(): number;
  /** Text at a C string's address. */
  textAt(address: bigint): string;
}

function bindAll(ffi: Ffi) {
  return ffi.dlopen(null, SIGNATURES);
}

function bind(): Libc | undefined {
  if (platform() !== "linux" || endianness() !== "LE") return undefined;
  try {
    const ffi: Ffi = createRequire(import.meta.url)("node:ffi");
    const { functions } = bindAll(ffi);
    // errno lives in thread-local storage; each worker loads its own copy of this module, so the address may be kept.
    const errnoAt = functions.__errno_location();
    return {
      ...functions,
      errno: () => ffi.getInt32(errnoAt, 0),
      textAt: (address) => ffi.toString(address) ?? "",
    };
  } catch {
    return undefined;
  }
}

export const libc: Libc | undefined = bind();

/** What the walk through a source, and the reading of its small files, need: addresses instead of buffers. */
const WALK_SIGNATURES = {
  open: { arguments: ["pointer", "i32", "u32"], return: "i32" },
  fstat: { arguments: ["i32", "pointer"], return: "i32" },
  read: { arguments: ["i32", "pointer", "u64"], return: "i64" },
  close: { arguments: ["i32"], return: "i32" },
  getdents64: { arguments: ["i32", "pointer", "u64"], return: "i64" },
  lstat: { arguments: ["pointer", "pointer"], return: "i32" },
  readlink: { arguments: ["pointer", "pointer", "u64"], return: "i64" },
  llistxattr: { arguments: ["pointer", "pointer", "u64"], return: "i64" },
} as const;

/** Where the fields of struct stat lie on 64-bit Linux, in words of 32 bits; `times` are those of access, change and status, 4 words each. */
export interface StatLayout {
  readonly length: number;
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly rdev: number;
  readonly size: number;
  readonly times: number;
}

const STAT_LAYOUTS: Readonly<Record<string, StatLayout>> = {
  x64: { length: 144, dev: 0, ino: 2, links: 4, mode: 6, uid: 7, rdev: 10, size: 12, times: 18 },
  arm64: { length: 128, dev: 0, ino: 2, mode: 4, links: 5, uid: 6, rdev: 8, size: 12, times: 18 },
};

function bindWalkAll(ffi: Ffi) {
  return ffi.dlopen(null, WALK_SIGNATURES);
}

type WalkFunctions = ReturnType<typeof bindWalkAll>["functions"];

export interface WalkCalls extends WalkFunctions {
  readonly layout: StatLayout;
  errno(): number;
  /** Where the bytes lie. Good for as long as their buffer is kept; only for memory of its own, never for a view of a pool. */
  addressOf(bytes: Bytes): bigint;
}

/** Bound apart from the rest: an older C library may lack one of these, and then node:fs does the walk. */
function bindWalk(): WalkCalls | undefined {
  const bound = libc;
  const layout = STAT_LAYOUTS[arch()];
  if (bound === undefined || layout === undefined) return undefined;
  try {
    const ffi: Ffi = createRequire(import.meta.url)("node:ffi");
    return { ...bindWalkAll(ffi).functions, layout, errno: () => bound.errno(), addressOf: (bytes) => ffi.getRawPointer(bytes) };
  } catch {
    return undefined;
  }
}

export const walkCalls: WalkCalls | undefined = bindWalk();

const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const LARGE = 256 * 1024;

/**
 * Has large buffers returned to the system as soon as they are freed. glibc learns from the first pack that is freed to keep memory of
 * that size, and ever more of it: a check or a restore of 0.5 GB peaked 50 MB higher. One call for the whole process, at no cost in
 * time that could be measured; other C libraries need none and have none.
 */
export function returnLargeBuffers(): void {
  if (platform() !== "linux") return;
  try {
    const ffi: Ffi = createRequire(import.meta.url)("node:ffi");
    const { mallopt } = ffi.dlopen(null, { mallopt: { arguments: ["i32", "i32"], return: "i32" } }).functions;
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, LARGE);
  } catch {
    // No glibc.
  }
}

const MADV_DONTNEED = 4;
const PAGE = 4096;

/** Gives the system back the memory under bytes that are not needed any more, while they can still be written: they read as zeros then. */
export const forget: (bytes: Bytes) => void = bindForget() ?? (() => undefined);

function bindForget(): typeof forget | undefined {
  // Elsewhere the call promises less, or nothing.
  if (platform() !== "linux") return undefined;
  try {
    const ffi: Ffi = createRequire(import.meta.url)("node:ffi");
    const { madvise } = ffi.dlopen(null, { madvise: { arguments: ["pointer", "u64", "i32"], return: "i32" } }).functions;
    return (bytes) => {
      const start = Number(ffi.getRawPointer(bytes));
      const from = Math.ceil(start / PAGE) * PAGE;
      const end = Math.floor((start + bytes.length) / PAGE) * PAGE;
      if (end > from) madvise(BigInt(from), BigInt(end - from), MADV_DONTNEED);
    };
  } catch {
    return undefined;
  }
}
