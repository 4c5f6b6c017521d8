import { messageOf } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import { PROGRESS_MS } from "../../base/limits.ts";
import type { Repository } from "../../repo/repository.ts";
import { Intake } from "./intake.ts";
import { Progress } from "./progress.ts";
import { newSetup } from "./setup.ts";
import type { Report, ThreadSetup } from "./thread-messages.ts";
import { ThreadMemory, type Threads } from "./threads.ts";
import { fromWire } from "./wire-error.ts";
import type { WorkDone, WorkOrder } from "./work-order.ts";
import type { Ticket } from "./work.ts";

/**
 * A run on threads, from the main thread: it tells them what the run is about, stores their packs, answers their questions and passes on
 * what they tell. Whatever goes wrong anywhere (a thread that dies, a store that refuses, the wish to stop) ends the whole run with the
 * first error: half a backup is none.
 */
export class ThreadRun implements AsyncDisposable {
  readonly setup: ThreadSetup;
  readonly intake: Intake;
  private readonly threads: Threads;
  private readonly repo: Repository;
  private readonly order: WorkOrder;
  private readonly progress: Progress;
  private readonly memories: readonly ThreadMemory[];
  private readonly broken = Promise.withResolvers<never>();
  private readonly root = Promise.withResolvers<unknown>();
  private readonly done = Promise.withResolvers<void>();
  private readonly totals: unknown[] = [];
  private readonly ticking: NodeJS.Timeout;
  private told = { files: 0, bytes: 0 };

  constructor(threads: Threads, repo: Repository, order: WorkOrder, plan: unknown) {
    const { signal } = order;
    this.threads = threads;
    this.repo = repo;
    this.order = order;
    this.intake = new Intake(repo, { ...order, onFailure: (error) => this.fail(error) });
    this.memories = Array.from({ length: threads.count }, () => new ThreadMemory());
    // The main thread may read a large file, too: what comes from standard input.
    this.setup = newSetup(repo, order, plan, threads.count + 1);
    this.progress = new Progress(this.setup.progress);
    this.broken.promise.catch(() => undefined);
    signal.addEventListener("abort", this.onAbort, { once: true });
    threads.listen({ onReport: (thread, report) => this.hear(thread, report), onDeath: (error) => this.fail(error) });
    this.tellAll({ kind: "begin", setup: this.setup });
    this.ticking = setInterval(() => this.tick(), PROGRESS_MS);
    if (signal.aborted) this.onAbort();
  }

  /** Gives the task that everything else is part of to the first thread; its result. */
  async doAll(task: unknown): Promise<unknown> {
    this.threads.tell(0, { kind: "root", task });
    return this.unlessBroken(this.root.promise);
  }

  /** When the threads have nothing left to do: stores what they still have. What each has counted. */
  async finish(): Promise<readonly unknown[]> {
    this.tellAll({ kind: "finish" });
    await this.unlessBroken(this.done.promise);
    await this.unlessBroken(this.intake.finish());
    this.tick();
    return this.totals;
  }

  /** Waits for something, but no longer than the run is sound. */
  unlessBroken<T>(wait: Promise<T>): Promise<T> {
    return Promise.race([wait, this.broken.promise]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.ticking);
    this.order.signal.removeEventListener("abort", this.onAbort);
    this.threads.signals.stop();
    await this.intake[Symbol.asyncDispose]();
  }

  private readonly onAbort = (): void => this.fail(this.order.signal.reason);

  private fail(error: unknown): void {
    this.broken.reject(error);
    this.threads.signals.stop();
  }

  private tellAll(order: Parameters<Threads["tell"]>[1]): void {
    for (let thread = 0; thread < this.threads.count; thread++) this.threads.tell(thread, order);
  }

  private hear(thread: number, report: Report): void {
    switch (report.kind) {
      case "pack":
        return this.takePack(thread, report);
      case "leftover":
        return this.intake.leave(report.contents, report.type);
      case "ask":
        return void this.answer(thread, report.ticket, report.id);
      case "events":
        for (const event of report.events) this.order.emit(event);
        return;
      case "root":
        return this.root.resolve(report.result);
      case "done":
        this.totals.push(report.totals);
        if (this.totals.length === this.threads.count) this.done.resolve();
        return;
      case "broken":
        this.fail(fromWire(report.error));
    }
  }

  private takePack(thread: number, { id, type, length, header, memory }: Extract<Report, { kind: "pack" }>): void {
    const body = this.memories[thread]!.of(memory).subarray(0, length);
    this.intake.take({ id, body, header }, type, () => {
      if (memory.number !== undefined) this.threads.tell(thread, { kind: "memory", number: memory.number });
      this.threads.signals.subtractBacklog(length);
    });
  }

  private async answer(thread: number, ticket: Ticket, id: BlobId): Promise<void> {
    try {
      const bytes = await this.repo.loadBlob({ type: "tree", id }, this.order.signal);
      this.threads.tell(thread, { kind: "tree", ticket, answer: { kind: "tree", bytes } });
    } catch (error) {
      this.threads.tell(thread, { kind: "tree", ticket, answer: { kind: "failed", error: new Error(messageOf(error)) } });
    }
  }

  private tick(): void {
    const now = this.progress.sum();
    const files = now.files - this.told.files;
    const bytes = now.bytes - this.told.bytes;
    this.told = now;
    if (files > 0 || bytes > 0) this.order.emit({ kind: "advance", files, bytes });
  }
}

/** Does the root task on the threads, and everything it gives rise to. */
export async function workInThreads<Result, Totals>(
  threads: Threads,
  repo: Repository,
  order: WorkOrder,
  work: { readonly plan: unknown; readonly root: unknown },
): Promise<WorkDone<Result, Totals>> {
  order.signal.throwIfAborted();
  await using run = new ThreadRun(threads, repo, order, work.plan);
  const result = await run.doAll(work.root);
  return { result: result as Result, totals: (await run.finish()) as readonly Totals[] };
}
