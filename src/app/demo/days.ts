import type { Dice } from "./dice.ts";
import { configText, EDITED_CONFIGS, LOG, logLines, LOST_FILE, type Server, type Sizes, TABLES, uploadName } from "./server.ts";

const LOG_ROTATED_EVERY = 14;
const LOGS_KEPT = 3;
/** The database is written round and round: all of it has changed after six days. */
const TABLES_A_DAY = 3;
const RELEASE_EVERY = 60;

/** The life of the server, day by day: a seeded script of files that change, grow, appear and vanish. */
export class Days {
  readonly #server: Server;
  readonly #dice: Dice;
  readonly #sizes: Sizes;
  /** The program's files; those at the front are edited often, the others only by a release. */
  readonly #program: string[];
  readonly #busy: readonly string[];
  readonly #uploads: string[] = [];
  #uploadCount = 12;

  constructor(server: Server, dice: Dice, sizes: Sizes, program: readonly string[]) {
    this.#server = server;
    this.#dice = dice;
    this.#sizes = sizes;
    this.#program = [...program];
    this.#busy = Array.from({ length: Math.min(4, program.length) }, () => dice.pick(program));
  }

  /** Lives one day; `at` is in its afternoon. */
  live(day: number, at: number): void {
    this.#writeLog(day, at);
    this.#writeDatabase(day, at);
    for (let i = 0; i < 2; i++) this.#edit(this.#busy[(day * 2 + i) % this.#busy.length]!, at);
    if (day % RELEASE_EVERY === 0) this.#release(day, at);
    if (this.#dice.oneIn(10)) this.#upload(at);
    if (this.#uploads.length > 2 && this.#dice.oneIn(12)) this.#server.remove(this.#takeUpload(), at);
    if (this.#dice.oneIn(45)) {
      const name = this.#dice.pick(EDITED_CONFIGS);
      this.#server.write(name, configText(name, this.#dice), at);
    }
  }

  /** The accident. */
  lose(at: number): void {
    this.#server.remove(LOST_FILE, at);
  }

  #writeLog(day: number, at: number): void {
    if (day % LOG_ROTATED_EVERY === 0) {
      for (let n = LOGS_KEPT - 1; n >= 0; n--) {
        const from = n === 0 ? LOG : `${LOG}.${n}`;
        if (this.#server.has(from)) this.#server.rename(from, `${LOG}.${n + 1}`, at);
      }
      this.#server.write(LOG, "", at);
    }
    this.#server.append(LOG, logLines(this.#dice, at, this.#dice.between(40, 160)), at);
  }

  #writeDatabase(day: number, at: number): void {
    for (let i = 0; i < TABLES_A_DAY; i++) {
      const name = TABLES[(day * TABLES_A_DAY + i) % TABLES.length]!;
      this.#server.write(name, this.#dice.bytes(this.#sizes.tableBytes), at);
    }
  }

  #edit(name: string, at: number): void {
    if (this.#server.has(name))
      this.#server.append(name, `\n# ${this.#dice.word()} ${this.#dice.word()} ${this.#dice.below(100_000)}\n`, at);
  }

  /** A new version of the program: some files differ, some are new, some are gone. */
  #release(day: number, at: number): void {
    for (let i = 0; i < 12; i++) this.#edit(this.#dice.pick(this.#program), at);
    for (let i = 0; i < 3; i++) {
      const name = `srv/app/release-${day}/part-${i}.txt`;
      this.#server.write(name, logLines(this.#dice, at, 200), at);
      this.#program.push(name);
    }
    const gone = this.#program.splice(this.#dice.below(this.#program.length), 1)[0]!;
    if (this.#server.has(gone)) this.#server.remove(gone, at);
  }

  #upload(at: number): void {
    const name = uploadName(++this.#uploadCount);
    this.#server.write(name, this.#dice.bytes(this.#sizes.uploadBytes), at);
    this.#uploads.push(name);
  }

  #takeUpload(): string {
    return this.#uploads.splice(this.#dice.below(this.#uploads.length), 1)[0]!;
  }
}
