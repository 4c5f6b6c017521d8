import { forEachParallel } from "../../base/parallel.ts";
import type { KeyId, SnapshotId } from "../../base/id.ts";
import { pathOf } from "../../format/file-kind.ts";
import { decodeKeyFile } from "../../format/key-file.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { Repository } from "../../repo/repository.ts";
import { checkOf } from "./check-index.ts";
import type { Findings } from "./finding.ts";

/** Every key file: its SHA-256 is its name and it reads as a key. A damaged one locks its owner out, and nothing else shows it. */
export async function checkKeys(repo: Repository, findings: Findings, signal: AbortSignal): Promise<void> {
  await forEachParallel(
    repo.list<"key">("keys", signal),
    repo.store.connections,
    (file) => checkKey(repo, file.id, findings, signal),
    signal,
  );
}

async function checkKey(repo: Repository, id: KeyId, findings: Findings, signal: AbortSignal): Promise<void> {
  const path = pathOf("keys", id);
  try {
    const bytes = await repo.store.get(path, { signal });
    if (sha256Hex(bytes) !== id) findings.error(path, `the SHA-256 of its ${bytes.length} bytes is not its name`);
    else decodeKeyFile(bytes, path);
  } catch (error) {
    signal.throwIfAborted();
    findings.error(path, checkOf(error, path));
  }
}

/** All snapshots that can be read; the others are errors. */
export async function checkSnapshots(repo: Repository, findings: Findings): Promise<StoredSnapshot[]> {
  return repo.loadSnapshots({
    onError: (id: SnapshotId, error: unknown) => {
      const path = pathOf("snapshots", id);
      findings.error(path, checkOf(error, path));
    },
  });
}
