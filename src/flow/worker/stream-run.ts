import type { Bytes } from "../../base/bytes.ts";
import { LARGE_FILE_READ } from "../../base/limits.ts";
import type { Repository } from "../../repo/repository.ts";
import type { ChunkLine } from "./chunk-line.ts";
import { Home } from "./home.ts";
import { InlineRun } from "./inline-run.ts";
import type { FileStored, Smith } from "./smith.ts";
import { ThreadRun } from "./thread-run.ts";
import type { Threads } from "./threads.ts";
import type { WorkOrder } from "./work-order.ts";

/** A stream in the main thread, and whoever makes blobs of it. */
export interface StreamRun extends AsyncDisposable {
  /** Makes blobs of whatever `read` gives: it fills the space, and gives less only at the end. What it throws is thrown on. */
  pour(read: (space: Bytes) => Promise<number>): Promise<FileStored>;
  /** For trees. */
  readonly smith: Pick<Smith, "saveTree">;
  /** Stores everything: packs, then index files. */
  finish(): Promise<void>;
}

/** On the threads, or without any in this one. */
export function openStreamRun(threads: Threads | undefined, repo: Repository, order: WorkOrder): StreamRun {
  order.signal.throwIfAborted();
  return threads === undefined ? inline(repo, order) : withThreads(threads, repo, order);
}

function inline(repo: Repository, order: WorkOrder): StreamRun {
  const run = new InlineRun(repo, order);
  const { home } = run;
  return {
    smith: home.smith,
    pour: (read) =>
      pour(home.line(), read, order, async (line) => {
        while (line.workOnOne(home.bench)) await run.breathe(performance.now());
      }),
    finish: () => run.finish(),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

function withThreads(threads: Threads, repo: Repository, order: WorkOrder): StreamRun {
  const run = new ThreadRun(threads, repo, order, undefined);
  const { signals } = threads;
  const home = new Home(repo, run.setup, { signals, intake: run.intake, reader: threads.count, onRead: () => undefined });
  return {
    smith: home.smith,
    pour: (read) =>
      pour(
        home.line(),
        (space) => run.unlessBroken(read(space)),
        order,
        async (line) => {
          const { rung } = signals;
          if (!line.hasResult) await run.unlessBroken(signals.hear(rung));
        },
      ),
    finish: async () => {
      home.leave();
      await run.finish();
    },
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

/** `work` is asked when chunks must be done before more can be read, and returns when one may be. */
async function pour(
  line: ChunkLine,
  read: (space: Bytes) => Promise<number>,
  order: WorkOrder,
  work: (line: ChunkLine) => Promise<void>,
): Promise<FileStored> {
  line.begin();
  let size = 0;
  for (let ended = false; !ended;) {
    line.collect();
    const space = line.space();
    if (space.length === 0) {
      await work(line);
      continue;
    }
    const piece = space.subarray(0, Math.min(space.length, LARGE_FILE_READ));
    const length = await read(piece);
    order.signal.throwIfAborted();
    ended = length < piece.length;
    size += length;
    if (length > 0) order.emit({ kind: "advance", bytes: length });
    line.commit(length, ended);
  }
  for (line.collect(); !line.isEmpty; line.collect()) await work(line);
  return { kind: "saved", content: line.content(), size, added: line.added };
}
