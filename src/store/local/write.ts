import { type FileHandle, link, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Bytes } from "../../base/bytes.ts";
import type { PutOptions } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { errnoOf, localError } from "./error.ts";
import { type Modes, readOnly } from "./modes.ts";

export interface SafeWrite {
  readonly root: string;
  readonly path: string;
  readonly key: string;
  readonly temporary: string;
  readonly body: Bytes;
  readonly modes: Modes;
  readonly options: PutOptions;
}

/**
 * Temp file → write → fsync → rename → fsync of the folder (restic-format §16). A reader sees the whole file or none, also after a power
 * cut; a kill leaves at most a `…-tmp-…` file, which nobody lists. The mode becomes read-only before the rename, so that a writable file
 * never bears the final name.
 */
export async function writeFileSafely(write: SafeWrite): Promise<void> {
  const { path, temporary, options } = write;
  options.signal?.throwIfAborted();
  try {
    await fill(write, await openTemporary(write));
    options.signal?.throwIfAborted();
    if (options.onlyIfAbsent === true) await publishIfAbsent(temporary, path);
    else await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    options.signal?.throwIfAborted();
    throw localError(error, "write", path, write.key);
  }
}

async function fill({ body, modes }: SafeWrite, file: FileHandle): Promise<void> {
  try {
    await file.writeFile(body);
    await file.sync();
    // Some network file systems know no modes; restic carries on there, too.
    await file.chmod(readOnly(modes.file)).catch(() => undefined);
  } finally {
    await file.close();
  }
}

async function openTemporary(write: SafeWrite): Promise<FileHandle> {
  try {
    return await open(write.temporary, "wx", write.modes.file);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  await makeFolder(write);
  return open(write.temporary, "wx", write.modes.file);
}

/** Makes a missing folder below the root, never the root: an unmounted disk must not be written beside its mount point. */
async function makeFolder({ root, path, modes, key }: SafeWrite): Promise<void> {
  const present = await stat(root).catch(() => undefined);
  if (present === undefined) {
    throw new StoreError({
      code: "no-such-bucket",
      message: `the repository's folder ${root} does not exist`,
      hint: "mount its disk, or make a new repository with `firn init`",
      key,
    });
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: modes.folder });
  await syncFolder(dirname(folder));
}

/** `link` refuses to replace what exists, atomically; file systems without hard links get a check just before the rename. */
async function publishIfAbsent(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await unlink(temporary);
    return;
  } catch (error) {
    const code = errnoOf(error);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
  }
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    throw new StoreError({ code: "already-exists", message: `${path} exists already` });
  }
  await rename(temporary, path);
}

/** A rename is durable only when its folder is. File systems that cannot sync a folder are taken as they are. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(path, "r");
  } catch {
    return;
  }
  try {
    await folder.sync();
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EIO" || code === "ENOSPC" || code === "EDQUOT") throw error;
  } finally {
    await folder.close();
  }
}
