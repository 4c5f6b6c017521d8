/** A stretch of the sorted names: after one, and before another when there is one. */
export interface NameRange {
  readonly after: string;
  readonly before: string | undefined;
}

/** Below so many pages one after another is fast enough: nothing is gained by asking for more pages than there are. */
const PAGES_WORTH_SPLITTING = 8;
/** Keeps every border below the last folder. */
const RANGES_MAX = 16;

/**
 * Stretches of about the same number of names for what follows a list's first page, where names are spread evenly: packs, which lie under
 * `data/xx/` by the first two digits of their hash. Undefined where they are not, or where too few are to come. How far the first page got
 * tells how many there are.
 */
export function rangesAfter(prefix: string, last: string, connections: number): readonly NameRange[] | undefined {
  const wanted = Math.min(connections, RANGES_MAX);
  if (!prefix.endsWith("data/")) return undefined;
  const place = /^([0-9a-f]{2})\/\1([0-9a-f]{2})/.exec(last.slice(prefix.length));
  if (place === null) return undefined;
  const done = (Number.parseInt(place[1]! + place[2]!, 16) + 1) / 0x1_00_00;
  if (wanted < 2 || 1 / done < PAGES_WORTH_SPLITTING) return undefined;
  const folders = Array.from({ length: wanted - 1 }, (_, at) => Math.ceil(256 * (done + ((1 - done) * (at + 1)) / wanted)));
  const borders = folders.map((folder) => prefix + folder.toString(16).padStart(2, "0"));
  return [last, ...borders].map((after, at) => ({ after, before: borders[at] }));
}

/** What several sources give, as it comes. The first failure ends all of them. */
export async function* together<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = async (source: AsyncGenerator<T>): Promise<{ source: AsyncGenerator<T>; result: IteratorResult<T, void> }> => ({
    source,
    result: await source.next(),
  });
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  // Whoever stops listening is not told of later failures.
  for (const promise of waiting.values()) promise.catch(() => undefined);
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values());
    if (result.done === true) {
      waiting.delete(source);
      continue;
    }
    const promise = next(source);
    promise.catch(() => undefined);
    waiting.set(source, promise);
    yield result.value;
  }
}
