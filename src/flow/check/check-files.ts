import { forEachParallel } from "../../base/parallel.ts";
import type { KeyId } from "../../base/id.ts";
import { type FileKind, pathOf } from "../../format/file-kind.ts";
import { decodeKeyFile } from "../../format/key-file.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { Repository } from "../../repo/repository.ts";
import { checkOf } from "./check-index.ts";
import type { Findings } from "./finding.ts";

/** Keys and snapshots as they were read, with what is wrong with them. */
export interface CheckedFiles {
  /** Those that can be read, oldest first. */
  readonly snapshots: readonly StoredSnapshot[];
  readonly errors: readonly { readonly path: string; readonly check: string }[];
}

/** Reads every key and every snapshot. Tells nobody: it may run beside other parts of a check whose turn it is. */
export async function readFiles(repo: Repository, signal: AbortSignal): Promise<CheckedFiles> {
  const errors: { path: string; check: string }[] = [];
  const report = (path: string, error: unknown): void => void errors.push({ path, check: checkOf(error, path) });
  const onError = (id: string, error: unknown): void => report(pathOf("snapshots" satisfies FileKind, id), error);
  const [, snapshots] = await Promise.all([readKeys(repo, signal, report), repo.loadSnapshots({ onError })]);
  return { snapshots, errors };
}

export function reportFiles({ errors }: CheckedFiles, findings: Findings): void {
  for (const { path, check } of errors.toSorted((a, b) => (a.path < b.path ? -1 : 1))) findings.error(path, check);
}

/** Every key file: its SHA-256 is its name and it reads as a key. A damaged one locks its owner out, and nothing else shows it. */
async function readKeys(repo: Repository, signal: AbortSignal, report: (path: string, error: unknown) => void): Promise<void> {
  const read = async (id: KeyId): Promise<void> => {
    const path = pathOf("keys", id);
    try {
      const bytes = await repo.store.get(path, { signal });
      if (sha256Hex(bytes) !== id) report(path, `the SHA-256 of its ${bytes.length} bytes is not its name`);
      else decodeKeyFile(bytes, path);
    } catch (error) {
      signal.throwIfAborted();
      report(path, error);
    }
  };
  await forEachParallel(repo.list<"key">("keys", signal), repo.store.connections, ({ id }) => read(id), signal);
}
