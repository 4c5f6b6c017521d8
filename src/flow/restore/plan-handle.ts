import { deserialize, serialize } from "node:v8";
import type { BlobsView } from "./blobs.ts";
import { BYTES, roomFor } from "./column.ts";
import type { EntriesView } from "./entries.ts";
import type { FilesView } from "./files.ts";
import type { RestorePlan } from "./plan.ts";
import type { Reads } from "./reads.ts";
import type { Trait } from "./traits.ts";

/** What of a plan other threads need: views of shared memory, so that sending it costs no copy. */
export interface PlanHandle {
  /** Tells one plan from the next. */
  readonly serial: number;
  readonly sparse: boolean;
  readonly dirs: EntriesView;
  readonly entries: EntriesView;
  readonly files: FilesView;
  readonly blobs: BlobsView;
  readonly reads: Reads;
  readonly traits: Uint8Array<SharedArrayBuffer>;
}

let plans = 0;

export function shareOf({ options, dirs, files, blobs, reads, traits }: RestorePlan): PlanHandle {
  return {
    serial: ++plans,
    sparse: options.sparse,
    dirs: dirs.entries.view(),
    entries: files.entries.view(),
    files: files.view(),
    blobs: blobs.view(),
    reads,
    traits: packed(traits),
  };
}

/** Any number of them costs a message nothing this way. */
function packed(traits: readonly Trait[]): Uint8Array<SharedArrayBuffer> {
  const bytes = serialize(traits);
  const room = roomFor(BYTES, bytes.length);
  room.set(bytes);
  return room;
}

export function traitsOf({ traits }: PlanHandle): readonly Trait[] {
  const list: Trait[] = deserialize(Buffer.from(traits));
  return list;
}
