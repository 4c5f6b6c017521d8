import fc from "fast-check";
import { asId } from "../base/id.ts";
import type { Time } from "../base/time.ts";
import type { Node } from "./node.ts";

/** Seed and number of runs of property tests; set in the environment for long runs. */
export const RUNS = { seed: Number(process.env["FIRN_TEST_SEED"] ?? 1), numRuns: 150 * Number(process.env["FIRN_TEST_RUNS"] ?? 1) };

const TIME: Time = { ns: 1_700_000_000_123_456_789n, offset: 3600 };

/** A plain file's node, with what a test cares about replaced. */
export function sampleNode(change: Partial<Node> = {}): Node {
  return {
    name: Buffer.from("file"),
    type: "file",
    mode: 0o644,
    mtime: TIME,
    atime: TIME,
    ctime: TIME,
    uid: 1000,
    gid: 1000,
    user: "u",
    group: "g",
    inode: 7n,
    deviceId: 9n,
    size: 3n,
    links: 1n,
    linkTarget: new Uint8Array(0),
    xattrs: [],
    genericAttributes: undefined,
    device: 0n,
    content: [],
    subtree: undefined,
    error: "",
    ...change,
  };
}

export const arbitraryId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => asId<"blob">(Buffer.from(bytes).toString("hex")));

/** Bytes that are often text, sometimes anything: what names and link targets are. */
export const arbitraryName = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 24 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).map((text) => Uint8Array.from(Buffer.from(text))),
  fc.string({ minLength: 1, maxLength: 12 }).map((text) => Uint8Array.from(Buffer.from(text))),
);

/** Years 0 to 9999, offsets in whole minutes: what the format can hold. */
export const arbitraryTime: fc.Arbitrary<Time> = fc.record(
  {
    ns: fc.bigInt({ min: -62_000_000_000_000_000_000n, max: 253_000_000_000_000_000_000n }),
    offset: fc.integer({ min: -14 * 60, max: 14 * 60 }).map((minutes) => minutes * 60),
  },
  { noNullPrototype: true },
);

const text = fc.string({ unit: "grapheme", maxLength: 8 });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.constant(0n));

export const arbitraryNode: fc.Arbitrary<Node> = fc.record(
  {
    name: arbitraryName,
    type: fc.constantFrom("file", "dir", "symlink", "dev", "chardev", "fifo", "socket", "irregular", ""),
    mode: uint32,
    mtime: arbitraryTime,
    atime: arbitraryTime,
    ctime: arbitraryTime,
    uid: uint32,
    gid: uint32,
    user: text,
    group: text,
    inode: uint64,
    deviceId: uint64,
    size: uint64,
    links: uint64,
    linkTarget: fc.oneof(fc.constant(new Uint8Array(0)), arbitraryName),
    xattrs: fc.array(
      fc.record({ name: text.map((name) => Buffer.from(name)), value: fc.uint8Array({ maxLength: 9 }) }, { noNullPrototype: true }),
      { maxLength: 3 },
    ),
    genericAttributes: fc.constantFrom(undefined, '{"windows.file_attributes":32,"x":18446744073709551615}'),
    device: uint64,
    content: fc.oneof(fc.constant(null), fc.array(arbitraryId, { maxLength: 3 })),
    subtree: fc.option(arbitraryId, { nil: undefined }),
    error: text,
  },
  { noNullPrototype: true },
);
