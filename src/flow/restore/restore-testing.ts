import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "node:test";
import { type Bytes, textLossy, utf8 } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import type { BlobId } from "../../base/id.ts";
import { memoryRepository, type MemoryRepository, type MemoryRepositoryOptions } from "../../repo/testing.ts";
import { type Entries, makeSnapshot } from "../testing.ts";
import { EVERYTHING } from "./filter.ts";
import { restoreTree, type RestoreRunOptions } from "./restore.ts";

/** Where the running test restores to; a new empty folder for each test. */
export const here = { place: "" };

/** Called once at the top of a test file. */
export function useFolders(): void {
  beforeEach(() => (here.place = mkdtempSync(join(tmpdir(), "firn-restore-"))));
  afterEach(() => rmSync(here.place, { recursive: true, force: true }));
}

export const DEFAULTS: Omit<RestoreRunOptions, "target"> = {
  filter: EVERYTHING,
  overwrite: "always",
  delete: false,
  sparse: false,
  verify: false,
  ownershipByName: false,
  xattrs: { kind: "all" },
  dryRun: false,
};

export interface Told {
  readonly report: Awaited<ReturnType<typeof restoreTree>>;
  readonly events: readonly Event[];
  /** `action path` of every item. */
  readonly items: readonly string[];
  /** Paths of what failed. */
  readonly failed: readonly string[];
}

export async function run(made: MemoryRepository, tree: BlobId, options: Partial<RestoreRunOptions> = {}): Promise<Told> {
  const repo = await made.reopen();
  await repo.loadIndex();
  const events: Event[] = [];
  const deps = { signal: new AbortController().signal, emit: (event: Event) => void events.push(event), workers: 0 };
  const report = await restoreTree(repo, tree, { ...DEFAULTS, target: utf8(target()), ...options }, deps);
  const items = events.flatMap((event) => (event.kind === "item-done" ? [`${event.item.action} ${textLossy(event.item.path)}`] : []));
  const failed = events.flatMap((event) => (event.kind === "error" ? [shown(event.item)] : []));
  return { report, events, items: items.sort(), failed: failed.sort() };
}

function shown(item: Bytes | string): string {
  return typeof item === "string" ? item : textLossy(item);
}

export function target(): string {
  return join(here.place, "target");
}

export function read(path: string): string {
  return readFileSync(join(target(), path), "utf8");
}

export const SIMPLE: Entries = {
  dir: { entries: { one: { parts: ["first ", "second"] }, two: { parts: ["two"] } } },
  empty: { parts: [] },
  link: { node: { type: "symlink", linkTarget: utf8("dir/one") } },
};

export async function made(entries: Entries, options: MemoryRepositoryOptions = {}): Promise<{ repo: MemoryRepository; tree: BlobId }> {
  const repo = await memoryRepository(options);
  return { repo, tree: (await makeSnapshot(repo.repo, entries)).tree };
}
