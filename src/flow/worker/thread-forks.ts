import { post } from "./mail.ts";
import type { Signals } from "./signals.ts";
import type { PeerMessage, Report, ThreadSeat } from "./thread-messages.ts";
import type { Forks, Ticket } from "./work.ts";

/** Who waits for a task's result, and what they call it. */
type Owner = { readonly thread: number; readonly ticket: Ticket } | "main";

/** Fork and join by messages straight from thread to thread. */
export class ThreadForks<Task, Result> implements Forks<Task, Result> {
  private readonly seat: ThreadSeat;
  private readonly signals: Signals;
  private readonly report: (message: Report) => void;
  private readonly owners = new Map<Ticket, Owner>();
  private nextTicket: Ticket = 1;

  constructor(seat: ThreadSeat, signals: Signals, report: (message: Report) => void) {
    this.seat = seat;
    this.signals = signals;
    this.report = report;
  }

  get wanted(): boolean {
    return this.signals.someoneIsIdle;
  }

  give(task: Task): Ticket | undefined {
    const thread = this.signals.promise(this.seat.threads);
    if (thread === undefined) return undefined;
    const ticket = this.newTicket();
    this.send(thread, { kind: "task", ticket, task });
    return ticket;
  }

  finish(ticket: Ticket, result: Result): void {
    const owner = this.owners.get(ticket);
    if (owner === undefined) throw new RangeError(`there is no task ${ticket}`);
    this.owners.delete(ticket);
    if (owner === "main") this.report({ kind: "root", result });
    else this.send(owner.thread, { kind: "result", ticket: owner.ticket, result });
  }

  /** Notes whose task it is; its number in this thread. */
  taken(owner: Owner): Ticket {
    const ticket = this.newTicket();
    this.owners.set(ticket, owner);
    return ticket;
  }

  newTicket(): Ticket {
    return this.nextTicket++;
  }

  private send(thread: number, message: PeerMessage): void {
    const port = this.seat.peers[thread];
    if (port === undefined) throw new RangeError(`there is no way to thread ${thread}`);
    post(port, message);
    this.signals.raiseFlag(thread);
  }
}
