import { type Bytes, textLossy, toHex } from "../../base/bytes.ts";
import { FirnError } from "../../base/error.ts";
import type { Listener } from "../../base/event.ts";
import { asId, type BlobId } from "../../base/id.ts";
import type { Time } from "../../base/time.ts";
import type { World } from "../../base/world.ts";
import { GO_DIR } from "../../format/mode.ts";
import type { Node, NodeType } from "../../format/node.ts";
import { encodeTree } from "../../format/tree.ts";
import { fromLatin, toLatin } from "../../source/path.ts";
import type { StreamRun } from "../worker/stream-run.ts";
import type { BackupStats } from "./stats.ts";

/** One file that comes as a stream: standard input, or what a command prints. */
export interface StreamSource {
  /** Absolute path inside the snapshot. */
  readonly path: Bytes;
  /** May throw when the stream breaks off (a command that fails): then there is no snapshot. */
  readonly chunks: AsyncIterable<Bytes>;
  readonly mtime: Time;
}

interface StreamContext {
  readonly world: World;
  readonly run: StreamRun;
  readonly stats: BackupStats;
  readonly emit: Listener;
}

/** Saves the stream as a file in otherwise empty directories (restic-format §9). The id of the root tree. */
export async function saveStream(source: StreamSource, context: StreamContext): Promise<BlobId> {
  const { stats, emit, world } = context;
  const started = world.clock.monotonic();
  emit({ kind: "item-start", path: source.path });
  const reader = new FullReader(source.chunks[Symbol.asyncIterator]());
  const saved = await context.run.pour((space) => reader.read(space));
  if (saved.size === 0) {
    throw new FirnError({
      code: "empty-input",
      message: `${textLossy(source.path)}: no data read`,
      hint: "nothing was backed up; check what feeds firn",
    });
  }
  stats.countFile("new", saved.size, saved.added);
  emit({ kind: "advance", files: 1 });
  const item = { path: source.path, action: "new", type: "file", size: BigInt(saved.size) } as const;
  const sizes = { dataSize: saved.added.bytes, dataSizeInRepo: saved.added.stored, durationMs: world.clock.monotonic() - started };
  emit({ kind: "item-done", item: { ...item, ...sizes } });
  const names = toLatin(source.path)
    .split("/")
    .filter((name) => name !== "");
  const file = { ...plainNode(names.pop()!, "file", source.mtime, context), content: idsOf(saved.content), size: BigInt(saved.size) };
  return saveFolders(names, file, source.mtime, context);
}

function idsOf(content: Bytes): BlobId[] {
  return (toHex(content).match(/.{64}/g) ?? []).map(asId<"blob">);
}

function saveFolders(names: string[], file: Node, mtime: Time, context: StreamContext): BlobId {
  let node = file;
  for (;;) {
    const tree = context.run.smith.saveTree(encodeTree([node]));
    const id = asId<"blob">(toHex(tree.id));
    const { added } = tree;
    const name = names.pop();
    if (name === undefined) {
      context.stats.countTree(added);
      return id;
    }
    context.stats.countDir("new", added);
    node = { ...plainNode(name, "dir", mtime, context), subtree: id };
  }
}

function plainNode(latinName: string, type: NodeType, time: Time, { world }: StreamContext): Node {
  return {
    name: fromLatin(latinName),
    type,
    mode: type === "dir" ? GO_DIR + 0o755 : 0o644,
    mtime: time,
    atime: time,
    ctime: time,
    uid: world.uid,
    gid: world.gid,
    user: "",
    group: "",
    inode: 0n,
    deviceId: 0n,
    size: 0n,
    links: 0n,
    linkTarget: Buffer.alloc(0),
    xattrs: [],
    genericAttributes: undefined,
    device: 0n,
    content: null,
    subtree: undefined,
    error: "",
  };
}

/** Turns pieces of any size into full reads. */
class FullReader {
  private readonly pieces: AsyncIterator<Bytes>;
  private rest: Bytes = Buffer.alloc(0);

  constructor(pieces: AsyncIterator<Bytes>) {
    this.pieces = pieces;
  }

  async read(space: Bytes): Promise<number> {
    let filled = 0;
    while (filled < space.length) {
      if (this.rest.length === 0) {
        const next = await this.pieces.next();
        if (next.done === true) break;
        this.rest = next.value;
        continue;
      }
      const length = Math.min(this.rest.length, space.length - filled);
      space.set(this.rest.subarray(0, length), filled);
      this.rest = this.rest.subarray(length);
      filled += length;
    }
    return filled;
  }
}
