import type { Bytes } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import type { BlobId } from "../../base/id.ts";
import { EVENTS_AT_ONCE, PROGRESS_MS } from "../../base/limits.ts";
import type { Progress } from "./progress.ts";
import type { Report } from "./thread-messages.ts";
import type { Desk, Ticket } from "./work.ts";

/** A thread's desk: events go out together, some times a second. */
export class ThreadDesk implements Desk {
  readonly items: boolean;
  private readonly thread: number;
  private readonly progress: Progress;
  private readonly report: (message: Report) => void;
  private readonly newTicket: () => Ticket;
  private events: Event[] = [];
  private gatheringSince = 0;
  private namedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: { items: boolean; thread: number; progress: Progress; report: (message: Report) => void; newTicket: () => Ticket }) {
    this.items = parts.items;
    this.thread = parts.thread;
    this.progress = parts.progress;
    this.report = parts.report;
    this.newTicket = parts.newTicket;
  }

  askTree(id: BlobId): Ticket {
    const ticket = this.newTicket();
    this.report({ kind: "ask", ticket, id });
    return ticket;
  }

  emit(event: Event): void {
    if (this.events.length === 0) this.gatheringSince = performance.now();
    this.events.push(event);
    if (this.events.length >= EVENTS_AT_ONCE) this.flush();
  }

  current(label: Bytes): void {
    const now = performance.now();
    if (now - this.namedAt < PROGRESS_MS) return;
    this.namedAt = now;
    this.emit({ kind: "item-start", path: Uint8Array.from(label) });
    this.flush();
  }

  advance(files: number, bytes: number): void {
    this.progress.add(this.thread, files, bytes);
  }

  /** Sends what has been gathered for a while. */
  flushInTime(): void {
    if (this.events.length > 0 && performance.now() - this.gatheringSince >= PROGRESS_MS) this.flush();
  }

  flush(): void {
    if (this.events.length === 0) return;
    this.report({ kind: "events", events: this.events });
    this.events = [];
  }
}
