import type { Bytes } from "../../base/bytes.ts";
import { SHA256_LENGTH } from "../../kernel/hash.ts";
import { IndexView } from "../../repo/index/index-view.ts";
import { ChunkBoard } from "./chunk-board.ts";
import { ChunkLine } from "./chunk-line.ts";
import { Claims } from "./claims.ts";
import { messagesOf, post } from "./mail.ts";
import { OwnPacks } from "./own-packs.ts";
import { Progress } from "./progress.ts";
import { chunkerOf } from "./setup.ts";
import { Signals, Stopped } from "./signals.ts";
import { ThreadDesk } from "./thread-desk.ts";
import { ThreadForks } from "./thread-forks.ts";
import type { Order, PeerMessage, Report, ThreadSeat, ThreadSetup } from "./thread-messages.ts";
import { ThreadSmith } from "./thread-smith.ts";
import { NoSink, ThreadSink } from "./thread-sink.ts";
import { toWire } from "./wire-error.ts";
import { Workbench } from "./workbench.ts";
import type { Work, WorkTools } from "./work.ts";

export interface ThreadTrade<Task, Result, Totals> {
  /** Makes the thread's work from the plan of the run. */
  readonly open: (plan: unknown, tools: WorkTools<Task, Result>) => Work<Task, Result, Totals>;
  readonly random: (length: number) => Bytes;
}

/**
 * The life of a thread: orders and mail, then a unit of its own work, else a chunk of somebody's large file, else wait for the bell. It
 * never returns to the event loop. What goes wrong is reported. A thread that is done, or broken, stays until the run is stopped: its end
 * would overtake its last words.
 */
export function runThread<Task, Result, Totals>(seat: ThreadSeat, trade: ThreadTrade<Task, Result, Totals>): void {
  const signals = new Signals(seat.signals);
  try {
    try {
      new BackupThread(seat, signals, trade).run();
    } catch (error) {
      if (error instanceof Stopped) throw error;
      post(seat.main, { kind: "broken", error: toWire(error) } satisfies Report);
    }
    signals.waitForStop();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    seat.main.close();
    for (const port of seat.peers) port?.close();
  }
}

const TURNS = 64;

class BackupThread<Task, Result, Totals> {
  private readonly seat: ThreadSeat;
  private readonly trade: ThreadTrade<Task, Result, Totals>;
  private readonly signals: Signals;
  private readonly forks: ThreadForks<Task, Result>;
  private flag = 0;
  private isHelper = false;
  private finishing = false;
  private hand: ReturnType<BackupThread<Task, Result, Totals>["begin"]> | undefined;

  constructor(seat: ThreadSeat, signals: Signals, trade: ThreadTrade<Task, Result, Totals>) {
    this.seat = seat;
    this.trade = trade;
    this.signals = signals;
    this.forks = new ThreadForks(seat, signals, this.report);
  }

  run(): void {
    while (!this.finishing) this.takeTurns();
    this.finish();
  }

  /**
   * A loop that came to no end would be compiled anew, with all that is called in it, each time anything of it is found to be different
   * from what was expected: a fifth of all the time that went into compiling.
   */
  private takeTurns(): void {
    for (let left = TURNS; left > 0; left--) {
      const { rung } = this.signals;
      this.signals.checkStop();
      this.readMail();
      if (this.finishing) return;
      if (this.hand === undefined) this.signals.wait(rung);
      else if (this.signals.backlog > this.hand.setup.backlogMax) this.signals.wait(rung);
      else if (this.hand.work?.step() === true) this.setHelper(false);
      else this.helpOrWait(rung);
      this.hand?.desk.flushInTime();
    }
  }

  private readonly report = (message: Report): void => {
    post(this.seat.main, message);
  };

  /** Nothing of its own to do. */
  private helpOrWait(rung: number): void {
    const { signals, seat } = this;
    this.setHelper(true);
    if (this.hand!.help()) return;
    this.hand!.desk.flush();
    signals.offerSelf(seat.thread);
    signals.wait(rung);
    signals.withdrawSelf(seat.thread);
  }

  private setHelper(is: boolean): void {
    if (this.isHelper === is) return;
    this.isHelper = is;
    this.signals.changeHelpers(is ? 1 : -1);
  }

  // --- mail ---

  private readMail(): void {
    const flag = this.signals.flag(this.seat.thread);
    if (flag === this.flag) return;
    this.flag = flag;
    for (const order of messagesOf<Order>(this.seat.main)) this.obey(order);
    for (const [peer, port] of this.seat.peers.entries()) {
      if (port !== undefined) for (const message of messagesOf<PeerMessage>(port)) this.hear(peer, message);
    }
  }

  private obey(order: Order): void {
    switch (order.kind) {
      case "begin":
        this.hand = this.begin(order.setup);
        return;
      case "root":
        this.hand?.work?.take(this.forks.taken("main"), order.task as Task);
        return;
      case "tree":
        this.hand?.work?.answer(order.ticket, order.answer);
        return;
      case "memory":
        this.hand?.giveBack(order.number);
        return;
      case "finish":
        this.finishing = true;
    }
  }

  private hear(peer: number, message: PeerMessage): void {
    if (message.kind === "result") {
      this.hand?.work?.join(message.ticket, message.result as Result);
      return;
    }
    this.signals.promiseKept(this.seat.thread);
    this.hand?.work?.take(this.forks.taken({ thread: peer, ticket: message.ticket }), message.task as Task);
  }

  // --- a run ---

  private begin(setup: ThreadSetup) {
    const { seat, signals, forks, report } = this;
    const { recipe, usable } = setup;
    const index = IndexView.attach(setup.index);
    const toMain = setup.dryRun ? undefined : new ThreadSink(recipe, signals, report);
    const packs = new OwnPacks(recipe, toMain ?? new NoSink(recipe.packSize), this.trade.random);
    const bench = new Workbench(packs, { index, usable, claims: Claims.attach(setup.claims) }, recipe.extraVerify);
    const board = new ChunkBoard(setup.board, signals);
    const progress = new Progress(setup.progress);
    const line = (): ChunkLine => new ChunkLine(chunkerOf(setup, seat.thread), board, seat.thread);
    const onRead = (bytes: number): void => progress.add(seat.thread, 0, bytes);
    const smith = new ThreadSmith({ bench, signals, line, onRead });
    const desk = new ThreadDesk({ items: setup.items, thread: seat.thread, progress, report, newTicket: () => forks.newTicket() });
    const tools = { smith, index, usable, key: recipe.key, forks, desk, clock: { monotonic: () => performance.now() } };
    const work = setup.plan === undefined ? undefined : this.trade.open(setup.plan, tools);
    return { setup, packs, desk, work, help: () => helpOut(setup, board, bench), giveBack: (number: number) => toMain?.giveBack(number) };
  }

  private finish(): void {
    const { hand } = this;
    if (hand !== undefined) {
      for (const { pack, type } of hand.packs.leave()) {
        if (!hand.setup.dryRun) this.report({ kind: "leftover", type, contents: pack.contents() });
      }
      hand.desk.flush();
    }
    this.report({ kind: "done", totals: hand?.work?.totals() });
  }
}

/** Works on a chunk of somebody's large file; false when there is none. */
function helpOut({ rings }: ThreadSetup, board: ChunkBoard, bench: Workbench): boolean {
  const chunk = board.takeAny();
  if (chunk === undefined) return false;
  const id = new Uint8Array(SHA256_LENGTH);
  const stored = bench.add("data", new Uint8Array(rings[chunk.reader]!.buffer, chunk.offset, chunk.length), id);
  board.done(chunk.reader, chunk.place, id, stored);
  return true;
}
