import { LARGE_FILE_RING } from "../../base/limits.ts";
import { Chunker, chunkerMemory } from "../../kernel/chunker.ts";
import type { Repository } from "../../repo/repository.ts";
import { ChunkBoard } from "./chunk-board.ts";
import { Claims } from "./claims.ts";
import { Intake } from "./intake.ts";
import { Progress } from "./progress.ts";
import { recipeOf } from "./recipe.ts";
import type { ThreadSetup } from "./thread-messages.ts";
import type { WorkOrder } from "./work-order.ts";

/** What a run is about and the memory it shares. `readers`: who may read large files, each in a ring of its own that costs nothing unused. */
export function newSetup(repo: Repository, order: WorkOrder, plan: unknown, readers: number): ThreadSetup {
  return {
    recipe: recipeOf(repo),
    dryRun: order.dryRun,
    index: repo.index.share(),
    usable: order.usable,
    claims: Claims.create(),
    board: ChunkBoard.create(readers),
    rings: Array.from({ length: readers }, () => chunkerMemory(LARGE_FILE_RING)),
    progress: Progress.create(readers),
    backlogMax: Intake.backlogMax(repo),
    items: order.items,
    plan,
  };
}

/** The chunker of one reader. */
export function chunkerOf({ recipe, rings }: ThreadSetup, reader: number): Chunker {
  const memory = rings[reader];
  if (memory === undefined) throw new RangeError(`there is no ring ${reader}`);
  return new Chunker(recipe.polynomial, { capacity: LARGE_FILE_RING, memory });
}
