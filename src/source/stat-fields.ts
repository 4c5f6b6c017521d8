import type { FileStat, SourceType } from "./source-stat.ts";

const TWO_32 = 0x1_0000_0000;
const S_IFMT = 0o170000;

const TYPES: Readonly<Record<number, SourceType>> = {
  0o100000: "file",
  0o040000: "dir",
  0o120000: "symlink",
  0o060000: "dev",
  0o020000: "chardev",
  0o010000: "fifo",
  0o140000: "socket",
};

/** What an entry is, by its st_mode. */
export function sourceTypeOf(stMode: number): SourceType {
  return TYPES[stMode & S_IFMT] ?? "irregular";
}

/**
 * What one stat call told, in a place that the next call fills anew: a walk through a million entries makes no object for any of them.
 * Numbers of 64 bits are in two halves, times in seconds and the nanoseconds after them.
 */
export class StatFields {
  type: SourceType = "irregular";
  stMode = 0;
  uid = 0;
  gid = 0;
  links = 0;
  inodeHigh = 0;
  inodeLow = 0;
  deviceIdHigh = 0;
  deviceIdLow = 0;
  sizeHigh = 0;
  sizeLow = 0;
  deviceHigh = 0;
  deviceLow = 0;
  mtimeSeconds = 0;
  mtimeNanos = 0;
  atimeSeconds = 0;
  atimeNanos = 0;
  ctimeSeconds = 0;
  ctimeNanos = 0;

  /** st_size; exact below 2^53, which is all that can be read. */
  get size(): number {
    return this.sizeHigh * TWO_32 + this.sizeLow;
  }

  setSize(size: number): void {
    this.sizeHigh = Math.floor(size / TWO_32);
    this.sizeLow = size >>> 0;
  }

  set(stat: FileStat): void {
    this.type = stat.type;
    this.stMode = stat.stMode;
    this.uid = stat.uid;
    this.gid = stat.gid;
    this.links = Number(stat.links);
    this.inodeHigh = high(stat.inode);
    this.inodeLow = low(stat.inode);
    this.deviceIdHigh = high(stat.deviceId);
    this.deviceIdLow = low(stat.deviceId);
    this.sizeHigh = high(stat.size);
    this.sizeLow = low(stat.size);
    this.deviceHigh = high(stat.device);
    this.deviceLow = low(stat.device);
    this.mtimeSeconds = secondsOf(stat.mtimeNs);
    this.mtimeNanos = nanosOf(stat.mtimeNs);
    this.atimeSeconds = secondsOf(stat.atimeNs);
    this.atimeNanos = nanosOf(stat.atimeNs);
    this.ctimeSeconds = secondsOf(stat.ctimeNs);
    this.ctimeNanos = nanosOf(stat.ctimeNs);
  }

  /** The same as a value of its own. */
  toFileStat(): FileStat {
    return {
      type: this.type,
      stMode: this.stMode,
      mtimeNs: nanosecondsOf(this.mtimeSeconds, this.mtimeNanos),
      atimeNs: nanosecondsOf(this.atimeSeconds, this.atimeNanos),
      ctimeNs: nanosecondsOf(this.ctimeSeconds, this.ctimeNanos),
      uid: this.uid,
      gid: this.gid,
      inode: joined(this.inodeHigh, this.inodeLow),
      deviceId: joined(this.deviceIdHigh, this.deviceIdLow),
      size: joined(this.sizeHigh, this.sizeLow),
      links: BigInt(this.links),
      device: joined(this.deviceHigh, this.deviceLow),
    };
  }
}

function high(value: bigint): number {
  return Number(BigInt.asUintN(32, value >> 32n));
}

function low(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function joined(highPart: number, lowPart: number): bigint {
  return (BigInt(highPart) << 32n) | BigInt(lowPart);
}

const NS = 1_000_000_000n;

/** Rounded down, so that the nanoseconds are never negative. */
function secondsOf(ns: bigint): number {
  return Number((ns - BigInt(nanosOf(ns))) / NS);
}

function nanosOf(ns: bigint): number {
  return Number(((ns % NS) + NS) % NS);
}

function nanosecondsOf(seconds: number, nanos: number): bigint {
  return BigInt(seconds) * NS + BigInt(nanos);
}
