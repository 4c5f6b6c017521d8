import { createRequire } from "node:module";
import { endianness, platform } from "node:os";

/**
 * The one file of this room that touches node:ffi (experimental). Only 64-bit little-endian Linux is bound; elsewhere `libc` is
 * undefined and its callers fall back to node:fs, losing nanoseconds in written times, extended attributes, device nodes
 * and fifos (`capabilities.ts` says which).
 *
 * Measured here (Node 26.10, 40,000 files): a bound call costs about 2 µs, the same as fs.lstatSync with bigint, so stat
 * stays with node:fs and only what node:fs lacks comes from here.
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
