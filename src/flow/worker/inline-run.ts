import { messageOf } from "../../base/error.ts";
import type { BlobId } from "../../base/id.ts";
import { BREATH_MS } from "../../base/limits.ts";
import type { Repository } from "../../repo/repository.ts";
import { Home } from "./home.ts";
import { Intake } from "./intake.ts";
import { newSetup } from "./setup.ts";
import { Signals } from "./signals.ts";
import type { ThreadSetup } from "./thread-messages.ts";
import type { WorkDone, WorkOrder } from "./work-order.ts";
import type { Desk, Forks, Ticket, TreeAnswer, Work, WorkTools } from "./work.ts";

/** The same work in the main thread: for sources that only it can read, and where threads do not pay. It lets others through now and then. */
export class InlineRun implements AsyncDisposable {
  readonly setup: ThreadSetup;
  readonly intake: Intake;
  readonly home: Home;
  private readonly signals = new Signals(Signals.create(0));
  private readonly repo: Repository;
  private readonly order: WorkOrder;
  private failure: { readonly error: unknown } | undefined;
  private readonly answers: { readonly ticket: Ticket; readonly answer: TreeAnswer }[] = [];
  private answered = Promise.withResolvers<void>();
  private nextTicket: Ticket = 1;

  constructor(repo: Repository, order: WorkOrder) {
    this.repo = repo;
    this.order = order;
    this.setup = newSetup(repo, order, undefined, 1);
    this.intake = new Intake(repo, { ...order, onFailure: (error) => this.fail(error) });
    const onRead = (bytes: number): void => order.emit({ kind: "advance", bytes });
    this.home = new Home(repo, this.setup, { signals: this.signals, intake: this.intake, reader: 0, onRead });
  }

  /** The result of a task and all it gives rise to. */
  async work<Task, Result, Totals>(
    open: (tools: WorkTools<Task, Result>) => Work<Task, Result, Totals>,
    task: Task,
  ): Promise<{ result: Result; totals: Totals }> {
    let finished: { readonly result: Result } | undefined;
    const forks: Forks<Task, Result> = {
      wanted: false,
      give: () => undefined,
      finish: (_ticket, result) => void (finished = { result }),
    };
    const { smith } = this.home;
    const { world, index } = this.repo;
    const { usable, recipe } = this.setup;
    const work = open({ smith, index: index.view, usable, key: recipe.key, forks, desk: this.desk(), clock: world.clock });
    work.take(this.nextTicket++, task);
    for (let begun = performance.now(); finished === undefined; begun = await this.breathe(begun)) {
      for (const { ticket, answer } of this.answers.splice(0)) work.answer(ticket, answer);
      if (!work.step() && finished === undefined && this.answers.length === 0) await this.answered.promise;
    }
    return { result: finished.result, totals: work.totals() };
  }

  /** Between two units: waits for room in the store, and lets others have the thread after a while. When the next turn has begun. */
  async breathe(begun: number): Promise<number> {
    this.check();
    const isTired = performance.now() - begun >= BREATH_MS;
    if (!isTired && this.signals.backlog <= this.setup.backlogMax) return begun;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (this.signals.backlog > this.setup.backlogMax) {
      const { rung } = this.signals;
      this.check();
      if (this.signals.backlog > this.setup.backlogMax) await this.signals.hear(rung);
    }
    this.check();
    return performance.now();
  }

  async finish(): Promise<void> {
    this.check();
    this.home.leave();
    await this.intake.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.intake[Symbol.asyncDispose]();
  }

  /** Whoever waits for room in the store has to hear of it: there will be none. */
  private fail(error: unknown): void {
    this.failure ??= { error };
    this.signals.ring();
  }

  private check(): void {
    this.order.signal.throwIfAborted();
    if (this.failure !== undefined) throw this.failure.error;
  }

  private desk(): Desk {
    const { emit, items } = this.order;
    return {
      items,
      emit,
      askTree: (id) => {
        const ticket = this.nextTicket++;
        void this.answer(ticket, id);
        return ticket;
      },
      current: (label) => emit({ kind: "item-start", path: Uint8Array.from(label) }),
      advance: (files, bytes) => emit({ kind: "advance", files, bytes }),
    };
  }

  private async answer(ticket: Ticket, id: BlobId): Promise<void> {
    let answer: TreeAnswer;
    try {
      answer = { kind: "tree", bytes: await this.repo.loadBlob({ type: "tree", id }, this.order.signal) };
    } catch (error) {
      answer = { kind: "failed", error: new Error(messageOf(error)) };
    }
    this.answers.push({ ticket, answer });
    this.answered.resolve();
    this.answered = Promise.withResolvers<void>();
  }
}

/** Does `task` in this thread, and everything it gives rise to. */
export async function workInline<Task, Result, Totals>(
  repo: Repository,
  order: WorkOrder,
  work: { readonly open: (tools: WorkTools<Task, Result>) => Work<Task, Result, Totals>; readonly root: Task },
): Promise<WorkDone<Result, Totals>> {
  order.signal.throwIfAborted();
  await using run = new InlineRun(repo, order);
  const { result, totals } = await run.work(work.open, work.root);
  await run.finish();
  return { result, totals: [totals] };
}
