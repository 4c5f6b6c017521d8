import type { Bytes } from "../../base/bytes.ts";
import { messageOf } from "../../base/error.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import { closeFile, type OpenSource, readInto } from "../../source/posix/read-file.ts";
import type { TargetFs } from "../../source/target-fs.ts";
import type { CompareJob, CompareResult } from "./write-job.ts";

/** Reads a file below the target and tells which of its blobs are not there (restic-format §11). */
export function compareFile(job: CompareJob, target: TargetFs): CompareResult {
  let opened: OpenSource | undefined;
  try {
    opened = target.openToRead(job.path);
    if (opened === undefined) return { kind: "compare", differing: [...job.blobs.keys()], wrongSize: true, error: "is no regular file" };
    return compareOpen(job, opened);
  } catch (error) {
    return { kind: "compare", differing: [...job.blobs.keys()], wrongSize: true, error: messageOf(error) };
  } finally {
    if (opened !== undefined) closeFile(opened.fd);
  }
}

function compareOpen({ blobs }: CompareJob, { fd, stat }: OpenSource): CompareResult {
  const differing: number[] = [];
  const longest = blobs.reduce((max, blob) => Math.max(max, blob.length), 0);
  const room = Buffer.allocUnsafe(longest);
  let offset = 0;
  for (const [position, { id, length }] of blobs.entries()) {
    const bytes = readAt(fd, room.subarray(0, length), offset);
    if (bytes.length !== length || sha256Hex(bytes) !== id) differing.push(position);
    offset += length;
  }
  return { kind: "compare", differing, wrongSize: stat.size !== BigInt(offset), error: undefined };
}

/** Fills `room` from `offset` on; shorter at the end of the file. */
function readAt(fd: number, room: Buffer, offset: number): Bytes {
  let filled = 0;
  while (filled < room.length) {
    const count = readInto(fd, room.subarray(filled), offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return room.subarray(0, filled);
}
