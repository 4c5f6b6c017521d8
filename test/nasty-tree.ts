import { createCipheriv } from "node:crypto";
import {
  chmodSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  closeSync,
  symlinkSync,
  writeFileSync,
  writeSync,
  lchownSync,
} from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../src/base/testing.ts";
import { makeSpecial } from "../src/source/posix/make.ts";
import { setTimes } from "../src/source/posix/set-metadata.ts";
import { setXattr } from "../src/source/posix/xattr.ts";

export interface NastyOptions {
  /** Length of the one large file; several times 8 MiB makes several of the largest chunks. */
  readonly bigBytes?: number;
}

/** A small tree with everything a file system can hold that a backup program may stumble over. As root also owners and devices. */
export function makeNastyTree(root: string, { bigBytes = 0 }: NastyOptions = {}): void {
  const isRoot = process.getuid?.() === 0;
  const at = (name: string | Buffer): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
  const random = seededRandom("nasty");
  mkdirSync(join(root, "dir/deeper/deepest"), { recursive: true });
  mkdirSync(join(root, "empty directory"));
  writeFileSync(at("plain"), "plain text\n");
  writeFileSync(at("empty"), "");
  writeFileSync(at("dir/medium"), random(700_000));
  writeFileSync(at("dir/deeper/text"), "the same line again and again\n".repeat(20_000));
  writeFileSync(at("dir/copy of plain"), "plain text\n");
  if (bigBytes > 0) writeFileSync(at("dir/big"), noise(bigBytes));
  names(at);
  modes(at, isRoot);
  links(at);
  sparse(join(root, "sparse"));
  makeSpecial(at("fifo"), "fifo", 0n);
  if (isRoot) {
    makeSpecial(at("null"), "chardev", 0x103n);
    makeSpecial(at("loop"), "dev", 0x700n);
  }
  attributes(at);
  times(at);
}

/** Incompressible, the same in every run, and quickly made. */
function noise(length: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
}

function names(at: (name: string | Buffer) => Buffer): void {
  const odd = [
    '"quotes"',
    "back\\slash",
    "new\nline",
    "tab\t",
    "\u001b[31mred",
    "emoji 🏔️",
    "ümläut",
    "u\u0308 decomposed",
    " spaces ",
    "-rf",
    "*?[a]",
    "\u2028",
    "a".repeat(255),
  ];
  for (const name of odd) writeFileSync(at(name), name);
  for (const bytes of [
    [0xff, 0xfe, 0x80],
    [0x61, 0xc3, 0x28],
    [0xed, 0xa0, 0x80],
  ])
    writeFileSync(at(Buffer.from(bytes)), "not UTF-8");
  mkdirSync(at(Buffer.from([0x64, 0x69, 0x72, 0xe9])));
  writeFileSync(at(Buffer.concat([Buffer.from([0x64, 0x69, 0x72, 0xe9]), Buffer.from("/inside")])), "inside");
}

function modes(at: (name: string | Buffer) => Buffer, isRoot: boolean): void {
  const wanted: readonly (readonly [string, number])[] = [
    ["setuid", 0o4755],
    ["setgid", 0o2755],
    ["no permission", 0o000],
    ["read only", 0o444],
    ["everyone", 0o666],
  ];
  for (const [name, mode] of wanted) {
    writeFileSync(at(name), name);
    if (isRoot) lchownSync(at(name), 1234, 4321);
    chmodSync(at(name), mode);
  }
  mkdirSync(at("sticky"));
  chmodSync(at("sticky"), 0o1777);
  mkdirSync(at("locked directory"));
  writeFileSync(at("locked directory/inside"), "inside");
  chmodSync(at("locked directory"), 0o500);
}

function links(at: (name: string | Buffer) => Buffer): void {
  symlinkSync("plain", at("symlink"));
  symlinkSync("/nowhere/at all", at("dangling"));
  symlinkSync(Buffer.from([0xff, 0x2f, 0xfe]), at("odd target"));
  symlinkSync("dir", at("symlink to a directory"));
  writeFileSync(at("dir/one name"), "many names");
  linkSync(at("dir/one name"), at("another name"));
  linkSync(at("dir/one name"), at("dir/deeper/third name"));
}

const MIB = 1024 * 1024;

/** Data, a hole of several chunks, data. */
function sparse(path: string): void {
  const fd = openSync(path, "w");
  writeSync(fd, "begin", 0);
  writeSync(fd, "middle", 3 * MIB + 17);
  ftruncateSync(fd, 5 * MIB);
  closeSync(fd);
}

function attributes(at: (name: string | Buffer) => Buffer): void {
  setXattr(at("plain"), Buffer.from("user.comment"), Buffer.from("a comment"));
  setXattr(at("plain"), Buffer.from("user.binary"), Buffer.from([0, 255, 1, 254]));
  setXattr(at("plain"), Buffer.from("user.empty"), Buffer.alloc(0));
  setXattr(at("dir"), Buffer.from("user.on a directory"), Buffer.from("value"));
}

/** Times that need nanoseconds, lie before 1970 or after 2038; directories last. */
function times(at: (name: string | Buffer) => Buffer): void {
  const second = 1_000_000_000n;
  setTimes(at("plain"), 1_600_000_000n * second + 1n, 1_600_000_000n * second + 123_456_789n);
  setTimes(at("empty"), 0n, -1n * second + 5n);
  setTimes(at("dir/medium"), 0n, 4_102_444_800n * second + 999_999_999n);
  setTimes(at("symlink"), 0n, 1_500_000_000n * second + 7n);
  lutimesSync(at("dangling"), 1, 2);
  setTimes(at("dir/deeper"), 0n, 1_400_000_000n * second + 3n);
  setTimes(at("dir"), 0n, 1_300_000_000n * second + 2n);
}
