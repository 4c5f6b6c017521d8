import type { Bytes } from "../../base/bytes.ts";
import type { BlobType } from "../../format/blob.ts";
import { type OpenPack, packMemory } from "../../repo/open-pack.ts";
import type { Repository } from "../../repo/repository.ts";
import { forget } from "../../source/posix/libc.ts";
import { ChunkBoard } from "./chunk-board.ts";
import { ChunkLine } from "./chunk-line.ts";
import { Claims } from "./claims.ts";
import type { Intake } from "./intake.ts";
import { OwnPacks, type PackSink } from "./own-packs.ts";
import type { Recipe } from "./recipe.ts";
import { chunkerOf } from "./setup.ts";
import type { Signals } from "./signals.ts";
import type { ThreadSetup } from "./thread-messages.ts";
import { ThreadSmith } from "./thread-smith.ts";
import { NoSink } from "./thread-sink.ts";
import { Workbench } from "./workbench.ts";

/** The place of the main thread in a run: a bench and packs as every thread has them, without messages. */
export class Home {
  readonly bench: Workbench;
  readonly smith: ThreadSmith;
  private readonly packs: OwnPacks;
  private readonly intake: Intake;
  private readonly dryRun: boolean;
  private readonly newLine: () => ChunkLine;

  constructor(
    repo: Repository,
    setup: ThreadSetup,
    parts: { signals: Signals; intake: Intake; reader: number; onRead: (bytes: number) => void },
  ) {
    const { signals, intake, reader, onRead } = parts;
    const { recipe, usable, dryRun } = setup;
    this.intake = intake;
    this.dryRun = dryRun;
    const sink = dryRun ? new NoSink(recipe.packSize) : new IntakeSink(recipe, intake, signals);
    this.packs = new OwnPacks(recipe, sink, (length) => repo.world.random(length));
    const known = { index: repo.index.view, usable, claims: Claims.attach(setup.claims) };
    this.bench = new Workbench(this.packs, known, recipe.extraVerify);
    const board = new ChunkBoard(setup.board, signals);
    this.newLine = () => new ChunkLine(chunkerOf(setup, reader), board, reader);
    this.smith = new ThreadSmith({ bench: this.bench, signals, line: this.newLine, onRead });
  }

  /** For a stream that is no file; not while the smith has a large file. */
  line(): ChunkLine {
    return this.newLine();
  }

  /** Hands over what is in open packs. */
  leave(): void {
    for (const { pack, type } of this.packs.leave()) if (!this.dryRun) this.intake.leave(pack.contents(), type);
  }
}

class IntakeSink implements PackSink {
  private readonly recipe: Recipe;
  private readonly intake: Intake;
  private readonly signals: Signals;
  private readonly all = new Set<Bytes>();
  private readonly free: Bytes[] = [];

  constructor(recipe: Recipe, intake: Intake, signals: Signals) {
    this.recipe = recipe;
    this.intake = intake;
    this.signals = signals;
  }

  memory(): Bytes {
    const memory = this.free.pop() ?? packMemory(this.recipe.packSize);
    this.all.add(memory);
    return memory;
  }

  full(pack: OpenPack, type: BlobType, iv: Bytes): void {
    const closed = pack.close(this.recipe.key, iv);
    const { length } = closed.body;
    this.signals.addBacklog(length);
    this.intake.take(closed, type, () => {
      if (this.all.has(pack.memory)) {
        forget(pack.memory);
        this.free.push(pack.memory);
      }
      this.signals.subtractBacklog(length);
    });
  }
}
