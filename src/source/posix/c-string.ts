import type { Bytes } from "../../base/bytes.ts";
import { PosixError } from "./posix-error.ts";

/** A copy with the terminating NUL that C expects. A NUL inside would silently cut the name, so it is refused. */
export function cString(bytes: Bytes): Buffer {
  if (bytes.includes(0)) throw new PosixError("path", bytes, "EINVAL", "name contains a NUL byte");
  const out = Buffer.alloc(bytes.length + 1);
  out.set(bytes);
  return out;
}
