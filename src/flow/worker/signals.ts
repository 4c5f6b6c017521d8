import { KIB } from "../../base/limits.ts";

// Words that all threads share. Those of each thread follow.
const STOPPED = 0;
const BELL = 1;
const IDLE = 2;
const HELPERS = 3;
const UNTAKEN = 4;
const BACKLOG_KIB = 5;
const SHARED_WORDS = 16;

const MAIL = 0;
const STATE = 1;
const WORDS_PER_THREAD = 16;

const BUSY = 0;
const IS_IDLE = 1;
const PROMISED = 2;

/** Thrown in a thread when the run is to end. */
export class Stopped extends Error {
  constructor() {
    super("the run has been stopped");
  }
}

/**
 * What the threads of a run tell each other without messages: one bell that whoever waits listens to, who has nothing to do, for whom
 * there is mail, how much waits for the store, and that the run is to stop.
 */
export class Signals {
  private readonly words: Int32Array;

  constructor(words: SharedArrayBuffer) {
    this.words = new Int32Array(words);
  }

  static create(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer((SHARED_WORDS + threads * WORDS_PER_THREAD) * 4);
  }

  // --- the end ---

  stop(): void {
    Atomics.store(this.words, STOPPED, 1);
    this.ring();
  }

  checkStop(): void {
    if (Atomics.load(this.words, STOPPED) !== 0) throw new Stopped();
  }

  /** Throws Stopped, sooner or later. */
  waitForStop(): never {
    for (;;) {
      const { rung } = this;
      this.checkStop();
      this.wait(rung);
    }
  }

  // --- the bell ---

  /** Wakes all who wait. */
  ring(): void {
    Atomics.add(this.words, BELL, 1);
    Atomics.notify(this.words, BELL);
  }

  /** How often it has rung: to be asked before looking whether there is something to wait for. */
  get rung(): number {
    return Atomics.load(this.words, BELL);
  }

  /** Waits until the bell rings for the first time since `rung`. */
  wait(rung: number): void {
    Atomics.wait(this.words, BELL, rung);
  }

  /** The same without blocking: for the main thread. */
  async hear(rung: number): Promise<void> {
    await Atomics.waitAsync(this.words, BELL, rung).value;
  }

  // --- mail ---

  /** After a message was posted to the thread. */
  raiseFlag(thread: number): void {
    Atomics.add(this.words, wordOf(thread, MAIL), 1);
    this.ring();
  }

  /** A number that changes when mail comes. */
  flag(thread: number): number {
    return Atomics.load(this.words, wordOf(thread, MAIL));
  }

  // --- who has nothing to do ---

  get someoneIsIdle(): boolean {
    return Atomics.load(this.words, IDLE) > 0;
  }

  /** Offers the thread to whoever has a task to give. */
  offerSelf(thread: number): void {
    if (Atomics.compareExchange(this.words, wordOf(thread, STATE), BUSY, IS_IDLE) === BUSY) Atomics.add(this.words, IDLE, 1);
  }

  /** Takes the offer back. A task that was promised meanwhile comes all the same. */
  withdrawSelf(thread: number): void {
    if (Atomics.compareExchange(this.words, wordOf(thread, STATE), IS_IDLE, BUSY) === IS_IDLE) Atomics.sub(this.words, IDLE, 1);
  }

  /** Takes up an idle thread's offer: its number, or undefined. Then post the task and raise its flag. */
  promise(threads: number): number | undefined {
    for (let thread = 0; thread < threads; thread++) {
      if (Atomics.compareExchange(this.words, wordOf(thread, STATE), IS_IDLE, PROMISED) !== IS_IDLE) continue;
      Atomics.sub(this.words, IDLE, 1);
      return thread;
    }
    return undefined;
  }

  /** The promised task has come. */
  promiseKept(thread: number): void {
    Atomics.store(this.words, wordOf(thread, STATE), BUSY);
  }

  // --- chunks of large files ---

  /** Threads without work of their own: idle, or at work on chunks of other threads. */
  get helpers(): number {
    return Atomics.load(this.words, HELPERS);
  }

  changeHelpers(by: 1 | -1): void {
    Atomics.add(this.words, HELPERS, by);
  }

  /** Chunks that nobody has taken yet. */
  get untaken(): number {
    return Atomics.load(this.words, UNTAKEN);
  }

  changeUntaken(by: 1 | -1): void {
    Atomics.add(this.words, UNTAKEN, by);
  }

  // --- packs that wait for the store ---

  addBacklog(bytes: number): void {
    Atomics.add(this.words, BACKLOG_KIB, kib(bytes));
  }

  subtractBacklog(bytes: number): void {
    Atomics.sub(this.words, BACKLOG_KIB, kib(bytes));
    this.ring();
  }

  /** Bytes of packs that wait for the store, rounded up. */
  get backlog(): number {
    return Atomics.load(this.words, BACKLOG_KIB) * KIB;
  }
}

function wordOf(thread: number, word: number): number {
  return SHARED_WORDS + thread * WORDS_PER_THREAD + word;
}

function kib(bytes: number): number {
  return Math.ceil(bytes / KIB);
}
