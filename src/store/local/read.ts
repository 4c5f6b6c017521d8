import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import type { Bytes } from "../../base/bytes.ts";
import type { GetOptions, ObjectHead } from "../object-store.ts";
import { rangeOf } from "../range.ts";
import { StoreError } from "../store-error.ts";
import { errnoOf, localError } from "./error.ts";

export async function readFileRange(path: string, key: string, options: GetOptions): Promise<Bytes> {
  options.signal?.throwIfAborted();
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const { start, end } = rangeOf(options.range, size, path, key);
      return await readFully(file, start, end - start, path, key);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw localError(error, "read", path, key);
  }
}

async function readFully(file: FileHandle, start: number, length: number, path: string, key: string): Promise<Bytes> {
  // Its own memory, not a slice of Node's pool: callers hand it to worker threads.
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0)
      throw new StoreError({ code: "truncated", message: `${path} ends after ${start + done} bytes while being read`, key });
    done += bytesRead;
  }
  return bytes;
}

export async function headFile(path: string, key: string): Promise<ObjectHead | undefined> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) return undefined;
    return {
      key,
      size: facts.size,
      lastModified: facts.mtimeMs,
      storageClass: "STANDARD",
      restore: undefined,
      etag: undefined,
      encryption: { kind: "default" },
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw localError(error, "look at", path, key);
  }
}

export async function removeFile(path: string, key: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isAbsent(error)) throw localError(error, "remove", path, key);
  }
}

export function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}
