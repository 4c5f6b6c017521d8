import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Dice } from "./dice.ts";

/** The real folder that plays the server: every change gets the demo's time, on the entry and on the folder it is in. */
export class Server {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  write(name: string, content: string | Uint8Array, at: number): void {
    this.#folder(dirname(name), at);
    writeFileSync(this.path(name), content);
    this.#stamp(name, at);
  }

  append(name: string, content: string, at: number): void {
    appendFileSync(this.path(name), content);
    this.#stamp(name, at);
  }

  rename(from: string, to: string, at: number): void {
    renameSync(this.path(from), this.path(to));
    this.#stampFolder(dirname(to), at);
  }

  remove(name: string, at: number): void {
    rmSync(this.path(name));
    this.#stampFolder(dirname(name), at);
  }

  #folder(name: string, at: number): void {
    if (this.has(name)) return;
    this.#folder(dirname(name), at);
    mkdirSync(this.path(name));
    this.#stampFolder(dirname(name), at);
  }

  #stamp(name: string, at: number): void {
    utimesSync(this.path(name), at / 1000, at / 1000);
    this.#stampFolder(dirname(name), at);
  }

  #stampFolder(name: string, at: number): void {
    utimesSync(this.path(name), at / 1000, at / 1000);
  }
}

export interface Sizes {
  readonly tableBytes: number;
  readonly uploadBytes: number;
}

/** The file of the story: nobody touches it after the first night, until somebody deletes it by accident. */
export const LOST_FILE = "etc/mailer/relay.conf";
export const LOG = "var/log/app.log";
/** Files of a database: smaller than a chunk, so each is one blob. */
export const TABLES: readonly string[] = Array.from({ length: 18 }, (_, i) => `var/lib/shop/table-${String(i + 1).padStart(2, "0")}.db`);

const CONFIGS = [
  LOST_FILE,
  "etc/mailer/aliases.conf",
  "etc/mailer/limits.conf",
  "etc/app/app.conf",
  "etc/app/workers.conf",
  "etc/nginx/nginx.conf",
  "etc/nginx/sites/shop.conf",
  "etc/nginx/sites/intern.conf",
  "etc/cron.d/nightly",
  "etc/logrotate.d/app",
  "etc/postgresql/main.conf",
  "etc/sudoers.d/deploy",
];

/** Configuration that is edited now and then; not the file of the story. */
export const EDITED_CONFIGS: readonly string[] = CONFIGS.slice(1);

/** What a server has besides its program: configuration, a log, pictures, a database that does not compress. */
export function furnish(server: Server, dice: Dice, { tableBytes, uploadBytes }: Sizes, at: number): void {
  for (const name of CONFIGS) server.write(name, configText(name, dice), at);
  server.write(LOG, logLines(dice, at, 40), at);
  for (let i = 1; i <= 12; i++) server.write(uploadName(i), dice.bytes(uploadBytes), at);
  for (const name of TABLES) server.write(name, dice.bytes(tableBytes), at);
}

export function uploadName(n: number): string {
  return `srv/uploads/image-${String(n).padStart(4, "0")}.jpg`;
}

export function configText(name: string, dice: Dice): string {
  const lines = Array.from({ length: dice.between(12, 60) }, () => `${dice.word()}_${dice.word()} = ${dice.below(10_000)}`);
  return `# ${name}\n${lines.join("\n")}\n`;
}

export function logLines(dice: Dice, at: number, count: number): string {
  let text = "";
  for (let i = 0; i < count; i++) {
    const when = new Date(at + Math.floor((i * 86_400_000) / count)).toISOString();
    text += `${when} ${dice.word()}[${dice.below(30_000)}]: ${dice.word()} ${dice.word()} ${dice.below(1_000_000)} ${dice.word()}\n`;
  }
  return text;
}
