import { createCipheriv } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readdirSync, readSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const MIB = 1024 * 1024;
const BLOCK = 4096;
const SHORTEST = 64 * 1024;

/** Incompressible bytes that are the same in every run: a cipher's key stream. */
export function writeRandomFile(path: string, bytes: number): void {
  const next = keyStream(1);
  const file = openSync(path, "w");
  for (let left = bytes; left > 0; left -= MIB) writeAll(file, next(Math.min(left, MIB)));
  closeSync(file);
}

/**
 * What a virtual machine's disk looks like, the same in every run on the same files: extents of 64 KiB to 4 MiB, two fifths of
 * them files of the given folders, one fifth copies of what came earlier, one quarter never written (holes), the rest incompressible.
 */
export function writeDiskImage(path: string, bytes: number, folders: readonly string[]): void {
  const next = keyStream(2);
  const chance = (): number => next(4).readUInt32LE() / 2 ** 32;
  const file = openSync(path, "w+");
  ftruncateSync(file, bytes);
  const files = filesIn(folders);
  const block = Buffer.alloc(4 * MIB);
  let at = 0;
  while (at < bytes) {
    const length = Math.min(bytes - at, Math.ceil((SHORTEST * (block.length / SHORTEST) ** chance()) / BLOCK) * BLOCK);
    const kind = chance();
    let used = length;
    if (kind < 0.4 && files.length > 0) used = copyFrom(files[Math.floor(chance() * files.length)]!, block, file, at, bytes);
    else if (kind < 0.6 && at > 0) copyWithin(file, block.subarray(0, length), Math.floor((chance() * at) / BLOCK) * BLOCK, at);
    else if (kind >= 0.85) writeAll(file, next(length), at);
    at += Math.ceil(used / BLOCK) * BLOCK;
  }
  ftruncateSync(file, bytes);
  closeSync(file);
}

function copyFrom(source: string, block: Buffer, file: number, at: number, end: number): number {
  const from = openSync(source, "r");
  let done = 0;
  for (;;) {
    const read = readSync(from, block, 0, Math.min(block.length, end - at - done), done);
    if (read === 0) break;
    writeAll(file, block.subarray(0, read), at + done);
    done += read;
  }
  closeSync(from);
  return Math.max(done, BLOCK);
}

function copyWithin(file: number, block: Buffer, from: number, to: number): void {
  const read = readSync(file, block, 0, Math.min(block.length, to - from), from);
  writeAll(file, block.subarray(0, read), to);
}

function filesIn(folders: readonly string[]): string[] {
  const found = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return found.sort();
}

function keyStream(seed: number): (length: number) => Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(seed);
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), iv);
  return (length) => cipher.update(Buffer.alloc(length));
}

function writeAll(file: number, bytes: Buffer, at?: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, at === undefined ? null : at + done);
  }
}

/** Reads everything once, so that the first of those who are compared does not pay for the disk. */
export function warm(paths: readonly string[]): void {
  const block = Buffer.alloc(MIB);
  for (const path of paths) {
    for (const name of statSync(path).isDirectory() ? filesIn([path]) : [path]) {
      const file = openSync(name, "r");
      while (readSync(file, block) > 0);
      closeSync(file);
    }
  }
}
