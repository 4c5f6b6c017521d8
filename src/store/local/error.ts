import { messageOf } from "../../base/error.ts";
import { StoreError, type StoreErrorCode } from "../store-error.ts";

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  ENOENT: "not-found",
  ENOTDIR: "not-found",
  EEXIST: "already-exists",
  EACCES: "access-denied",
  EPERM: "access-denied",
  ENOSPC: "no-space",
  EDQUOT: "no-space",
  EFBIG: "no-space",
  EROFS: "read-only",
  // What a disk or a network file system may recover from.
  EIO: "server",
  EAGAIN: "server",
  EMFILE: "server",
  ENFILE: "server",
  ESTALE: "server",
  ETIMEDOUT: "server",
  EHOSTDOWN: "server",
};

const HINTS: Partial<Record<StoreErrorCode, string>> = {
  "access-denied": "check the owner and the permissions of the repository's folder",
  "no-space": "free some space, or move the repository to a larger disk; what was stored before is intact",
  "read-only": "the file system is mounted read-only; use --no-lock for commands that only read",
  server: "the disk or the network file system failed; look at the system's log",
};

/** Turns a failed system call into the store's words. */
export function localError(error: unknown, doing: string, path: string, key: string | undefined): StoreError {
  if (error instanceof StoreError) return error;
  const code = errnoOf(error);
  const meaning = CODES[code ?? ""] ?? "invalid";
  const what = meaning === "not-found" ? `${path} does not exist` : `cannot ${doing} ${path}: ${reasonOf(messageOf(error))}`;
  return new StoreError({ code: meaning, message: what, key, hint: HINTS[meaning], cause: error });
}

/** The system's own word for what failed (`ENOENT`), if there is one. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Node says `ENOSPC: no space left on device, write '/path'`; the path is already in our sentence. */
function reasonOf(message: string): string {
  return /^[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
