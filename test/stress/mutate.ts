import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { seededRandom } from "../../src/base/testing.ts";
import { setTimes } from "../../src/source/posix/set-metadata.ts";
import { setXattr } from "../../src/source/posix/xattr.ts";
import type { Dice } from "../kill/points.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const SLASH = Buffer.from("/");
const FILES_MAX = 400;

/** A tree that is changed at random, in every way a file system allows; the same for the same dice. */
export class WildTree {
  readonly root: string;
  private readonly roll: Dice;
  private made = 0;

  constructor(root: string, roll: Dice) {
    this.root = root;
    this.roll = roll;
    mkdirSync(root);
    this.change(40);
  }

  /** So many changes. */
  change(count: number): void {
    for (let k = 0; k < count; k++) {
      try {
        this.one();
      } catch (error) {
        // The dice may ask for what is not possible: a link over a file, a folder into itself.
        if ((error as NodeJS.ErrnoException).syscall === undefined && !(error instanceof Error && "code" in error)) throw error;
      }
    }
  }

  private one(): void {
    const files = this.entries((stat) => stat.isFile());
    const kind = this.below(files.length > FILES_MAX ? 18 : 22);
    const file = this.anyOf(files);
    const any = this.anyOf(this.entries((stat) => !stat.isDirectory()));
    const folder = this.anyOf(this.folders());
    if (kind < 2) this.overwrite(file);
    else if (kind === 2) this.overwriteInTheSameTime(file);
    else if (kind === 3) truncateSync(file, this.below(lstatSync(file).size + 1));
    else if (kind === 4) rmSync(any);
    else if (kind === 5) renameSync(any, this.newPath());
    else if (kind === 6) renameSync(folder, this.newPath());
    else if (kind === 7) linkSync(file, this.newPath());
    else if (kind === 8) symlinkSync(this.bytes(1 + this.below(80), true), this.newPath());
    else if (kind === 9) chmodSync(any, this.below(0o1000) | 0o400);
    else if (kind === 10) setXattr(any, Buffer.from(`user.${this.below(4)}`), this.bytes(this.below(200)));
    else if (kind === 11) this.exchange(any, folder);
    else if (kind === 12) writeFileSync(this.newPath(), readFileSync(file));
    else if (kind === 13) utimesSync(any, this.below(2 ** 31) - 1000, this.below(2 ** 31) - 1000 + 0.123456);
    else if (kind === 14) this.swap(file, this.anyOf(files));
    else if (kind === 15 && folder.toString() !== this.root) rmSync(folder, { recursive: true });
    else if (kind === 16) this.append(file);
    else if (kind < 19) mkdirSync(this.newPath());
    else writeFileSync(this.newPath(), this.content());
  }

  private overwrite(file: Buffer): void {
    const fd = openSync(file, "r+");
    const { size } = lstatSync(file);
    writeSync(fd, this.bytes(1 + this.below(5000)), 0, undefined, this.below(size + 1));
    closeSync(fd);
  }

  /** Other bytes, the same size and modification time: only ctime tells. */
  private overwriteInTheSameTime(file: Buffer): void {
    const { size, atimeNs, mtimeNs } = lstatSync(file, { bigint: true });
    writeFileSync(file, this.bytes(Number(size)));
    setTimes(file, atimeNs, mtimeNs);
  }

  private append(file: Buffer): void {
    writeFileSync(file, this.content(), { flag: "a" });
  }

  /** The file becomes a directory of its name, or the directory a file. */
  private exchange(any: Buffer, folder: Buffer): void {
    if (this.below(2) === 0 || folder.toString() === this.root) {
      rmSync(any);
      mkdirSync(any);
      writeFileSync(Buffer.concat([any, Buffer.from("/inside")]), this.content());
    } else {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, this.content());
    }
  }

  private swap(a: Buffer, b: Buffer): void {
    const aside = this.newPath();
    renameSync(a, aside);
    renameSync(b, a);
    renameSync(aside, b);
  }

  private content(): Buffer {
    const kind = this.below(40);
    if (kind < 4) return Buffer.alloc(0);
    if (kind < 24) return this.bytes(this.below(30 * KIB));
    if (kind < 28) return this.bytes(512 * KIB - 2 + this.below(5));
    if (kind < 32) return this.bytes(this.below(3 * MIB));
    if (kind < 34) return Buffer.alloc(this.below(4 * MIB), this.below(3));
    if (kind === 34)
      return Buffer.concat(Array.from({ length: 3 + this.below(3) }, (_, k) => Buffer.alloc(8 * MIB, k + 1 + this.below(200))));
    if (kind === 35) return this.bytes(5 * MIB + this.below(12 * MIB));
    const files = this.entries((stat) => stat.isFile());
    return files.length === 0 ? Buffer.alloc(3) : readFileSync(this.anyOf(files)).subarray(0, this.below(20 * MIB));
  }

  private bytes(length: number, withoutNul = false): Buffer {
    const bytes = Buffer.from(seededRandom(`${this.roll()}`)(length));
    if (withoutNul) for (let i = 0; i < length; i++) bytes[i] ||= 1;
    return bytes;
  }

  private newPath(): Buffer {
    return Buffer.concat([this.anyOf(this.folders()), SLASH, this.name()]);
  }

  private name(): Buffer {
    const number = Buffer.from(`${this.made++}`);
    const kind = this.below(6);
    if (kind > 1) return number;
    const length = 1 + this.below(kind === 0 ? 6 : 240);
    const wild = this.bytes(length, true);
    for (let i = 0; i < length; i++) if (wild[i] === SLASH[0]) wild[i] = 0x22;
    return Buffer.concat([wild, number]);
  }

  private folders(): Buffer[] {
    return [Buffer.from(this.root), ...this.entries((stat) => stat.isDirectory())];
  }

  private entries(wanted: (stat: ReturnType<typeof lstatSync> & object) => boolean): Buffer[] {
    const found: Buffer[] = [];
    const folders = [Buffer.from(this.root)];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const name of readdirSync(folder, { encoding: "buffer" }).sort((a, b) => a.compare(b))) {
        const path = Buffer.concat([folder, SLASH, name]);
        const stat = lstatSync(path);
        if (wanted(stat)) found.push(path);
        if (stat.isDirectory()) folders.push(path);
      }
    }
    return found;
  }

  private anyOf(list: readonly Buffer[]): Buffer {
    return list[this.below(list.length)] ?? Buffer.from(this.root);
  }

  private below(limit: number): number {
    return Math.floor(this.roll() * limit);
  }
}
