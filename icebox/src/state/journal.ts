import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The kinds of document the state of an account is made of. */
export type DocumentKind = "bucket" | "object" | "version" | "upload" | "level" | "count" | "operation" | "clock";

/**
 * The account's memory across restarts. State changes in memory and marks the document it changed; `flush` appends what was marked as
 * one line, so that after a kill the file holds whole requests only.
 */
export interface Journal {
  /** `read` is called at the next flush; undefined means the document is gone. */
  mark(kind: DocumentKind, name: string, read: () => unknown): void;
  loaded(kind: DocumentKind): Iterable<readonly [string, unknown]>;
  flush(): void;
  close(): void;
}

export class NoJournal implements Journal {
  mark(): void {}
  loaded(): Iterable<readonly [string, unknown]> {
    return [];
  }
  flush(): void {}
  close(): void {}
}

type Change = readonly [DocumentKind, string, unknown];

export class FolderJournal implements Journal {
  readonly #file: number;
  readonly #marked = new Map<string, { kind: DocumentKind; name: string; read: () => unknown }>();
  #documents: Map<string, Change> | undefined;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    const path = join(dir, "journal.jsonl");
    this.#documents = readChanges(path);
    // Start from a compact file: one line per living document.
    writeFileSync(`${path}.tmp`, [...this.#documents.values()].map((change) => `${JSON.stringify([change])}\n`).join(""));
    renameSync(`${path}.tmp`, path);
    this.#file = openSync(path, "a");
  }

  mark(kind: DocumentKind, name: string, read: () => unknown): void {
    this.#marked.set(`${kind}:${name}`, { kind, name, read });
  }

  *loaded(kind: DocumentKind): Iterable<readonly [string, unknown]> {
    for (const [found, name, value] of this.#documents?.values() ?? []) if (found === kind) yield [name, value];
  }

  flush(): void {
    this.#documents = undefined;
    if (this.#marked.size === 0) return;
    const changes = [...this.#marked.values()].map(({ kind, name, read }) => [kind, name, read() ?? null]);
    this.#marked.clear();
    writeSync(this.#file, `${JSON.stringify(changes)}\n`);
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}

function readChanges(path: string): Map<string, Change> {
  const documents = new Map<string, Change>();
  for (const line of readLines(path)) {
    for (const change of line) {
      const [kind, name, value] = change;
      if (value === null) documents.delete(`${kind}:${name}`);
      else documents.set(`${kind}:${name}`, change);
    }
  }
  return documents;
}

function* readLines(path: string): Iterable<readonly Change[]> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // Only the part up to the last line break was written whole.
  for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) if (line !== "") yield JSON.parse(line) as readonly Change[];
}
