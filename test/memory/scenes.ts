import { closeSync, ftruncateSync, linkSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What makes programs run out of memory: much of one kind. */
export interface Scene {
  readonly name: string;
  make(folder: string): void;
  /** Of a restore, beside what all get. */
  readonly restoreFlags: readonly string[];
  /** Peak memory, by command, that is never passed: bytes of the process with all its threads. */
  readonly bounds: Readonly<Record<Step, number>>;
}

export type Step = "backup" | "unchanged backup" | "restore" | "check";

const MIB = 1024 * 1024;
const FILES_IN_FOLDER = 1000;

/** A number by its digits, so that names sort. */
function nameOf(at: number): string {
  return `file-${String(at).padStart(8, "0")}`;
}

function touch(path: string): void {
  closeSync(openSync(path, "wx"));
}

export function emptyFiles(count: number, bounds: Scene["bounds"]): Scene {
  return {
    name: `${count} empty files, ${FILES_IN_FOLDER} to a folder`,
    make: (folder) => {
      for (let at = 0; at < count; at++) {
        const sub = join(folder, String(Math.floor(at / FILES_IN_FOLDER)));
        if (at % FILES_IN_FOLDER === 0) mkdirSync(sub);
        touch(join(sub, nameOf(at)));
      }
    },
    restoreFlags: [],
    bounds,
  };
}

export function oneFolder(count: number, bounds: Scene["bounds"]): Scene {
  return {
    name: `one folder of ${count} files`,
    make: (folder) => {
      for (let at = 0; at < count; at++) touch(join(folder, nameOf(at)));
    },
    restoreFlags: [],
    bounds,
  };
}

export function sparseFile(bytes: number, bounds: Scene["bounds"]): Scene {
  return {
    name: `a sparse file of ${bytes / MIB} MiB`,
    make: (folder) => {
      const fd = openSync(join(folder, "sparse"), "wx");
      ftruncateSync(fd, bytes);
      closeSync(fd);
    },
    restoreFlags: ["--sparse"],
    bounds,
  };
}

export function hardLinks(count: number, bounds: Scene["bounds"]): Scene {
  return {
    name: `${count} hard links of one file`,
    make: (folder) => {
      const first = join(folder, nameOf(0));
      writeFileSync(first, Buffer.alloc(MIB, "some content, "));
      for (let at = 1; at < count; at++) linkSync(first, join(folder, nameOf(at)));
    },
    restoreFlags: [],
    bounds,
  };
}
