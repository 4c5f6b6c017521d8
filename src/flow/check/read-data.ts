import type { PackId } from "../../base/id.ts";
import { CHECK_PACKS_IN_FLIGHT_BYTES } from "../../base/limits.ts";
import type { Listener } from "../../base/event.ts";
import { forEachParallel } from "../../base/parallel.ts";
import { pathOf } from "../../format/file-kind.ts";
import type { PackState, Repository } from "../../repo/repository.ts";
import { isStoreError } from "../../store/store-error.ts";
import { transferable } from "../crew/transfer.ts";
import type { CheckResult } from "./check-worker.ts";
import type { CheckCrew, Checkers } from "./checkers.ts";
import { checkOf } from "./check-index.ts";
import { expectedHeader } from "./expected-header.ts";
import type { Findings, NotRead } from "./finding.ts";

export interface ReadResult {
  readonly packsRead: number;
  readonly bytesRead: number;
  readonly notRead: NotRead;
}

export interface ReadDeps {
  readonly signal: AbortSignal;
  readonly emit: Listener;
  readonly checkers: Checkers;
}

const FICKLE = "was wrong when it was first read and is right now: its disk, or this machine's memory, is not to be trusted";

/** Reads packs whole and checks every byte of them; archived ones are counted, never waited for. */
export async function readData(
  repo: Repository,
  packs: readonly PackId[],
  states: ReadonlyMap<PackId, PackState>,
  findings: Findings,
  deps: ReadDeps,
): Promise<ReadResult> {
  const readable = packs.filter((pack) => isReadable(states.get(pack)));
  const run = new ReadRun(repo, states, findings, deps);
  for (const pack of packs) if (!isReadable(states.get(pack))) run.leave(pack);
  const total = readable.reduce((sum, pack) => sum + (states.get(pack)?.size ?? 0), 0);
  deps.emit({ kind: "plan", steps: readable.length, bytes: total, unit: "packs" });
  deps.checkers.expect(total);
  const { crew } = deps.checkers;
  const width =
    repo.store.fileOf === undefined ? packsAtOnce(readable, states, Math.max(repo.store.connections, crew.size)) : crew.size * 2;
  await forEachParallel(readable, width, (pack) => run.read(pack, crew), deps.signal);
  return run.result();
}

/** One more than can be fetched or worked on at a time, as far as memory allows: each is held whole. */
function packsAtOnce(packs: readonly PackId[], states: ReadonlyMap<PackId, PackState>, busy: number): number {
  const largest = packs.reduce((most, pack) => Math.max(most, states.get(pack)?.size ?? 0), 1);
  return Math.max(1, Math.min(busy + 1, Math.floor(CHECK_PACKS_IN_FLIGHT_BYTES / largest)));
}

/** A pack that is not listed was reported as missing already; asking for it again would only say so twice. */
function isReadable(state: PackState | undefined): boolean {
  return state !== undefined && state.state !== "archived" && state.state !== "thawing";
}

class ReadRun {
  readonly #repo: Repository;
  readonly #states: ReadonlyMap<PackId, PackState>;
  readonly #findings: Findings;
  readonly #deps: ReadDeps;
  #packsRead = 0;
  #bytesRead = 0;
  #leftPacks = 0;
  #leftBytes = 0;

  constructor(repo: Repository, states: ReadonlyMap<PackId, PackState>, findings: Findings, deps: ReadDeps) {
    this.#repo = repo;
    this.#states = states;
    this.#findings = findings;
    this.#deps = deps;
  }

  leave(pack: PackId): void {
    const state = this.#states.get(pack);
    if (state === undefined) return;
    this.#leftPacks++;
    this.#leftBytes += state.size;
  }

  async read(pack: PackId, crew: CheckCrew): Promise<void> {
    const path = pathOf("data", pack);
    try {
      const length = await this.#check(pack, path, crew);
      this.#packsRead++;
      this.#bytesRead += length;
      this.#deps.emit({ kind: "advance", files: 1, bytes: length });
    } catch (error) {
      this.#deps.signal.throwIfAborted();
      if (isStoreError(error, "archived")) this.leave(pack);
      else this.#findings.error(path, checkOf(error, path), { pack });
    }
  }

  /** A worker reads the pack itself where it may. What it cannot prove sound is fetched from the store, and all that is wrong with it told. */
  async #check(pack: PackId, path: string, crew: CheckCrew): Promise<number> {
    const { store, index } = this.#repo;
    const header = expectedHeader(index, pack);
    let first: CheckResult["verdict"] = "unreadable";
    if (header !== undefined && store.fileOf !== undefined) {
      first = (await crew.run({ kind: "file", pack, file: store.fileOf(path), header })).verdict;
      if (first === "sound") return this.#states.get(pack)!.size;
    }
    const bytes = await store.get(path, { signal: this.#deps.signal });
    const { length } = bytes;
    const { checks } = await crew.run({ kind: "bytes", pack, bytes, expected: header ?? index.blobsOf(pack) }, transferable(bytes));
    for (const check of checks) this.#findings.error(path, check, { pack });
    if (first === "wrong" && checks.length === 0) this.#findings.error(path, FICKLE);
    return length;
  }

  result(): ReadResult {
    const notRead = { packs: this.#leftPacks, bytes: this.#leftBytes };
    return { packsRead: this.#packsRead, bytesRead: this.#bytesRead, notRead };
  }
}
