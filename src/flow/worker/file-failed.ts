import { type Bytes, textLossy } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import { PosixError } from "../../source/posix/posix-error.ts";
import type { FileFailed } from "./smith.ts";

/** The reason with the file's path, also where the system call only had a descriptor. */
export function fileFailed(path: Bytes, error: unknown): FileFailed {
  if (!(error instanceof PosixError)) return { kind: "failed", code: "", message: `${textLossy(path)}: ${messageOf(error)}` };
  return { kind: "failed", code: error.code, message: `${error.op} ${textLossy(path)}: ${error.text}` };
}
