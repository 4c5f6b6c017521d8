import { FirnError, messageOf } from "../base/error.ts";
import { asId, type Id } from "../base/id.ts";
import type { FileKind } from "../format/file-kind.ts";
import type { StoredSnapshot } from "../format/snapshot.ts";
import type { Repository } from "./repository.ts";
import { EVERY_SNAPSHOT, matchesFilter, type SnapshotFilter } from "./snapshot-filter.ts";

/** `<snapshot>[:subfolder]`, as restore, ls and others take it. */
export interface SnapshotSpec {
  readonly snapshot: string;
  readonly subfolder: string | undefined;
}

export function parseSnapshotSpec(text: string): SnapshotSpec {
  const colon = text.indexOf(":");
  return colon < 0 ? { snapshot: text, subfolder: undefined } : { snapshot: text.slice(0, colon), subfolder: text.slice(colon + 1) };
}

/** The one file of a kind whose id begins with `prefix`; none or several are errors that say which. */
export async function findFile<K extends string>(repo: Repository, kind: FileKind, prefix: string): Promise<Id<K>> {
  const wanted = prefix.toLowerCase();
  if (!/^[0-9a-f]{1,64}$/.test(wanted)) throw noMatch(kind, prefix, "an id is made of the digits 0-9 and a-f");
  const matches: Id<K>[] = [];
  for await (const { id } of repo.list<K>(kind)) if (id.startsWith(wanted)) matches.push(id);
  return onlyOne(matches, kind, prefix);
}

function onlyOne<K extends string>(matches: readonly Id<K>[], kind: FileKind, prefix: string): Id<K> {
  const [first, second] = matches;
  if (first === undefined) throw noMatch(kind, prefix, `\`firn list ${kind === "data" ? "packs" : kind}\` shows what there is`);
  if (second === undefined) return first;
  throw new FirnError({
    code: "ambiguous-id",
    message: `${JSON.stringify(prefix)} is the beginning of ${matches.length} ids in ${kind}/`,
    hint: `give more digits, such as ${first.slice(0, prefix.length + 4)}`,
  });
}

function noMatch(kind: FileKind, prefix: string, hint: string): FirnError {
  return new FirnError({ code: "no-such-id", message: `no file in ${kind}/ has an id that begins with ${JSON.stringify(prefix)}`, hint });
}

/** `latest` and `latest~1`, as opposed to the beginning of an id. */
export function isLatest(text: string): boolean {
  return LATEST.test(text);
}

const LATEST = /^latest(?:~(\d{1,6}))?$/;

/**
 * A snapshot by the beginning of its id, or `latest` (`latest~1` is the one before, and so on) among those the filter lets pass. A damaged
 * one is passed over and told of: it may have been the one.
 */
export async function findSnapshot(
  repo: Repository,
  text: string,
  filter: SnapshotFilter = EVERY_SNAPSHOT,
  { onError }: FindFailures = {},
): Promise<StoredSnapshot> {
  const latest = LATEST.exec(text);
  if (latest === null) return repo.loadSnapshot(await findFile<"snapshot">(repo, "snapshots", text));
  const back = Number(latest[1] ?? 0);
  const matching = (
    await repo.loadSnapshots({
      fromShelf: true,
      ...(onError === undefined ? {} : { onError: (id, error) => onError(id, passedOver(error)) }),
    })
  ).filter((snapshot) => matchesFilter(snapshot, filter));
  const found = matching.at(-1 - back);
  if (found !== undefined) return found;
  const few = matching.length === 0 ? "no snapshot matches" : `only ${matching.length} snapshots match`;
  throw new FirnError({
    code: "no-such-id",
    message: filter === EVERY_SNAPSHOT && matching.length === 0 ? "the repository has no snapshots that can be read" : `${text}: ${few}`,
    hint: "`firn snapshots` shows what there is; --host, --tag and --path choose among them",
  });
}

function passedOver(error: unknown): FirnError {
  const hint = "name the snapshot you mean by its id; `firn check` lists all that is damaged";
  return new FirnError({ code: "corrupt", message: `${messageOf(error)}; passed over, though it may be the latest`, hint, cause: error });
}

export interface FindFailures {
  /** Told of each snapshot that was asked for by id and is not there, or cannot be read; without it the first one is thrown. */
  readonly onError?: (what: string, error: unknown) => void;
}

/** The snapshots a command line names, in its order without repetition; all that the filter lets pass, oldest first, when it names none. */
export async function selectSnapshots(
  repo: Repository,
  names: readonly string[],
  filter: SnapshotFilter,
  { onError }: FindFailures = {},
): Promise<StoredSnapshot[]> {
  if (names.length === 0) {
    const all = await repo.loadSnapshots({ fromShelf: true, ...(onError === undefined ? {} : { onError }) });
    return all.filter((snapshot) => matchesFilter(snapshot, filter));
  }
  const found = new Map<string, StoredSnapshot>();
  for (const name of names) {
    try {
      const snapshot = await findSnapshot(repo, name, filter, onError === undefined ? {} : { onError });
      found.set(snapshot.id, snapshot);
    } catch (error) {
      if (onError === undefined) throw error;
      onError(asId<"snapshot">(name), error);
    }
  }
  return [...found.values()];
}
