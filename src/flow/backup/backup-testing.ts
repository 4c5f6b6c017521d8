import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import type { StoredSnapshot } from "../../format/snapshot.ts";
import type { Repository } from "../../repo/repository.ts";
import { NO_RULES } from "../../source/selection-rules.ts";
import { posixFs, type SourceFs } from "../../source/source-fs.ts";
import { planTargets } from "../../source/targets.ts";
import { type BackupJob, type BackupReport, runBackup } from "./run.ts";

/** A folder of its own for a test, removed at its end. */
export function sourceFolder(t: { after(action: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "firn-backup-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestBackup {
  readonly report: BackupReport;
  readonly events: readonly Event[];
  /** Messages of the errors among the events. */
  readonly errors: readonly string[];
}

export type JobChanges = Partial<BackupJob> & { readonly fs?: SourceFs };

/** A job as the use case makes one, without threads. */
export function jobFor(repo: Repository, targets: readonly string[], changes: JobChanges = {}): BackupJob {
  const fs = changes.fs ?? posixFs;
  const plan = planTargets(targets.map(utf8), utf8("/"), fs);
  const ns = repo.world.clock.nowNs();
  return {
    source: { kind: "files", root: plan.root, rules: NO_RULES, fs },
    parent: undefined,
    facts: { time: { ns, offset: 0 }, paths: [...targets], hostname: "box", excludes: [], tags: [], programVersion: "firn test" },
    startedNs: ns,
    change: {},
    withAtime: false,
    workers: 0,
    items: true,
    dryRun: false,
    skipIfUnchanged: false,
    emit: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
}

export async function takeBackup(repo: Repository, targets: readonly string[], changes: JobChanges = {}): Promise<TestBackup> {
  const events: Event[] = [];
  const emit = (event: Event): void => {
    events.push(event);
    changes.emit?.(event);
  };
  const report = await runBackup(repo, jobFor(repo, targets, { ...changes, emit }));
  const errors = events.flatMap((event) => (event.kind === "error" ? [event.message] : []));
  return { report, events, errors };
}

export function saved(backup: TestBackup): StoredSnapshot {
  if (backup.report.snapshot === undefined) throw new Error("no snapshot was saved");
  return backup.report.snapshot;
}
