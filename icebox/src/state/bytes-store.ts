import { closeSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the bytes of objects and parts are. An id is written once. */
export interface BytesStore {
  write(id: string, bytes: Uint8Array): void;
  read(id: string, offset: number, length: number): Buffer;
  /** The same bytes under a second id, without copying them. */
  alias(from: string, to: string): void;
  remove(id: string): void;
  /** Removes what a kill left behind: everything but these. Only a store that outlives the process has such leftovers. */
  keepOnly?(ids: ReadonlySet<string>): void;
}

export class MemoryBytes implements BytesStore {
  readonly #bytes = new Map<string, Buffer>();

  write(id: string, bytes: Uint8Array): void {
    this.#bytes.set(id, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  read(id: string, offset: number, length: number): Buffer {
    return this.#get(id).subarray(offset, offset + length);
  }

  alias(from: string, to: string): void {
    this.#bytes.set(to, this.#get(from));
  }

  remove(id: string): void {
    this.#bytes.delete(id);
  }

  #get(id: string): Buffer {
    const bytes = this.#bytes.get(id);
    if (bytes === undefined) throw new Error(`no bytes stored under ${id}`);
    return bytes;
  }
}

export class FolderBytes implements BytesStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = join(dir, "bytes");
    mkdirSync(this.#dir, { recursive: true });
  }

  write(id: string, bytes: Uint8Array): void {
    writeFileSync(join(this.#dir, id), bytes);
  }

  read(id: string, offset: number, length: number): Buffer {
    if (offset === 0 && length === Infinity) return readFileSync(join(this.#dir, id));
    const file = openSync(join(this.#dir, id), "r");
    try {
      const out = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const got = readSync(file, out, done, length - done, offset + done);
        if (got === 0) throw new Error(`the bytes stored under ${id} end early`);
        done += got;
      }
      return out;
    } finally {
      closeSync(file);
    }
  }

  alias(from: string, to: string): void {
    linkSync(join(this.#dir, from), join(this.#dir, to));
  }

  remove(id: string): void {
    rmSync(join(this.#dir, id), { force: true });
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of readdirSync(this.#dir)) if (!ids.has(id)) this.remove(id);
  }
}
