import type { Bytes } from "../../base/bytes.ts";
import { zoneOffsetAt } from "../../base/zone.ts";
import { TreeWriter } from "../../format/tree-writer.ts";
import type { Folder } from "../../source/folder.ts";
import { joinName } from "../../source/path.ts";
import { groupName, userName } from "../../source/posix/names.ts";
import type { SourceFs } from "../../source/source-fs.ts";
import type { WorkTools } from "../worker/work.ts";
import { DescribedEntry } from "./described-entry.ts";
import { Knowledge } from "./knowledge.ts";
import { emptySlot, filledSlot, type Frame, type Slot } from "./walk-frame.ts";
import { WalkLog } from "./walk-log.ts";
import type { WalkPlan, WalkResult, WalkTask } from "./walk-plan.ts";

const EMPTY = Buffer.alloc(0);

/** What all parts of one thread's walk share. */
export class WalkContext {
  readonly plan: WalkPlan;
  readonly tools: WorkTools<WalkTask, WalkResult>;
  readonly fs: SourceFs;
  readonly log: WalkLog;
  /** All trees from the root to where the walk stands, each behind the head of its directory's node in the one above. */
  readonly writer: TreeWriter;
  readonly entry: DescribedEntry;
  readonly knowledge: Knowledge;

  constructor(plan: WalkPlan, tools: WorkTools<WalkTask, WalkResult>, fs: SourceFs) {
    const { withAtime, zone } = plan;
    this.plan = plan;
    this.tools = tools;
    this.fs = fs;
    this.log = new WalkLog(tools.desk);
    this.writer = new TreeWriter({ zoneOffset: (ns) => zoneOffsetAt(zone, ns), userName, groupName, withAtime });
    this.entry = new DescribedEntry(this.log);
    this.knowledge = new Knowledge(plan, tools, this.log, this.writer);
  }

  /** Notes where a node belongs that comes later. */
  place(frame: Frame, slot: Slot = emptySlot()): void {
    if (frame.task?.kind === "items") {
      this.settle(frame);
      frame.pieces[frame.next - 1] = slot;
    } else frame.holes.push({ at: this.writer.length - frame.start, slot });
  }

  /** Of a task's list, takes the node of the entry that was just finished out of the writer. */
  settle(frame: Frame): void {
    if (frame.task?.kind !== "items") return;
    const { writer } = this;
    for (let i = frame.pieces.length; i < frame.next; i++) frame.pieces.push(filledSlot(EMPTY));
    if (writer.length === frame.start) return;
    frame.pieces[frame.next - 1] = filledSlot(Buffer.from(writer.bytes.subarray(frame.start, writer.length)));
    writer.length = frame.start;
  }

  /** The entry's path inside the snapshot. */
  labelOf(frame: Frame, folder: Folder, i: number, path?: Bytes): Bytes {
    if (frame.items !== undefined) return frame.items[i]!.label;
    return frame.label === frame.path ? (path ?? folder.pathOf(i)) : joinName(frame.label, folder.nameOf(i));
  }

  /** Times are for whoever hears of every item. */
  now(): number {
    return this.tools.desk.items ? this.tools.clock.monotonic() : 0;
  }

  since(startedAt: number): number {
    return this.now() - startedAt;
  }
}
