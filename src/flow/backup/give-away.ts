import type { Bytes } from "../../base/bytes.ts";
import { WALK_GIVEN_MAX } from "../../base/limits.ts";
import type { Folder } from "../../source/folder.ts";
import { joinName } from "../../source/path.ts";
import type { Forks, Ticket } from "../worker/work.ts";
import { emptySlot, type Frame, type Slot } from "./walk-frame.ts";
import type { WalkItem, WalkResult, WalkTask } from "./walk-plan.ts";

/**
 * Gives half of the directories that are still ahead to a thread that has nothing to do: those of the outermost directory that has any,
 * because they are the largest pieces of work, and its last ones, because they are the farthest off.
 */
export function giveAway(
  stack: readonly Frame[],
  forks: Forks<WalkTask, WalkResult>,
): { ticket: Ticket; slots: readonly Slot[] } | undefined {
  for (const frame of stack) {
    const { folder } = frame;
    if (folder === undefined || frame.directoriesLeft === 0) continue;
    const entries = lastHalf(frame, folder);
    const isAll = frame === stack.at(-1) && entries.length === folder.count - frame.next - frame.given.size;
    if (entries.length === 0 || isAll) continue;
    const ticket = forks.give(taskOf(frame, folder, entries));
    if (ticket === undefined) return undefined;
    frame.directoriesLeft -= entries.length;
    frame.givenFrom = entries[0]!;
    const slots = entries.map((i) => {
      const slot = emptySlot();
      frame.given.set(i, slot);
      return slot;
    });
    return { ticket, slots };
  }
  return undefined;
}

/** In tree order. */
function lastHalf(frame: Frame, folder: Folder): number[] {
  const wanted = Math.min(WALK_GIVEN_MAX, Math.ceil(frame.directoriesLeft / 2));
  const entries: number[] = [];
  for (let i = frame.givenFrom - 1; i >= frame.next && entries.length < wanted; i--) if (folder.isListedDirectory(i)) entries.push(i);
  return entries.reverse();
}

/** All bytes are copies of their own: a message carries the whole memory that a view belongs to. */
function taskOf(frame: Frame, folder: Folder, entries: readonly number[]): WalkTask {
  const items = entries.map((i): WalkItem => {
    const path = Uint8Array.from(folder.pathOf(i));
    const item = frame.items?.[i];
    if (item !== undefined)
      return { name: Uint8Array.from(item.name), path, label: sameOrCopy(item.label, item.path, path), explicit: item.explicit };
    const name = Uint8Array.from(folder.nameOf(i));
    return { name, path, label: frame.label === frame.path ? path : Uint8Array.from(joinName(frame.label, name)), explicit: false };
  });
  return { kind: "items", items, before: partOf(frame, folder, entries) };
}

/** Where path and label are one and the same thing they stay so: nobody puts two together then. */
function sameOrCopy(label: Bytes, path: Bytes, copy: Bytes): Bytes {
  return label === path ? copy : Uint8Array.from(label);
}

function partOf({ known }: Frame, folder: Folder, entries: readonly number[]): Bytes | undefined {
  try {
    return known?.partFor(folder, entries);
  } catch {
    // A tree that is none is told of when the walk itself comes to it.
    return undefined;
  }
}
