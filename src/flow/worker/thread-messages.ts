import type { MessagePort } from "node:worker_threads";
import type { Bytes } from "../../base/bytes.ts";
import type { Event } from "../../base/event.ts";
import type { BlobId, PackId } from "../../base/id.ts";
import type { BlobType } from "../../format/blob.ts";
import type { WasmMemory } from "../../kernel/wasm.ts";
import type { IndexHandle, PackSet } from "../../repo/index/index-view.ts";
import type { PackContents } from "../../repo/open-pack.ts";
import type { ClaimsHandle } from "./claims.ts";
import type { Recipe } from "./recipe.ts";
import type { WireError } from "./wire-error.ts";
import type { Ticket, TreeAnswer } from "./work.ts";

/** What a thread gets when it starts; what it is to do comes later. */
export interface ThreadSeat {
  /** From 0. */
  readonly thread: number;
  readonly threads: number;
  readonly signals: SharedArrayBuffer;
  readonly main: MessagePort;
  /** To the other threads, by number; undefined at its own. */
  readonly peers: readonly (MessagePort | undefined)[];
}

/** What a run is about. Plain data and shared memory. */
export interface ThreadSetup {
  readonly recipe: Recipe;
  /** Packs are made and forgotten. */
  readonly dryRun: boolean;
  readonly index: IndexHandle;
  readonly usable: PackSet | undefined;
  readonly claims: ClaimsHandle;
  readonly board: SharedArrayBuffer;
  /** Memory for the large files of each reader. */
  readonly rings: readonly WasmMemory[];
  readonly progress: SharedArrayBuffer;
  /** Bytes of packs that may wait for the store before threads wait. */
  readonly backlogMax: number;
  /** Somebody wants to hear of every item. */
  readonly items: boolean;
  /** What to walk; undefined when there are only chunks to work on. */
  readonly plan: unknown;
}

/** Main thread → thread. */
export type Order =
  | { readonly kind: "begin"; readonly setup: ThreadSetup }
  /** The task that everything else is part of. */
  | { readonly kind: "root"; readonly task: unknown }
  | { readonly kind: "tree"; readonly ticket: Ticket; readonly answer: TreeAnswer }
  /** Memory of a pack that is stored. */
  | { readonly kind: "memory"; readonly number: number }
  /** Hand over what there is, and end. */
  | { readonly kind: "finish" };

/** Thread → thread. */
export type PeerMessage =
  | { readonly kind: "task"; readonly ticket: Ticket; readonly task: unknown }
  | { readonly kind: "result"; readonly ticket: Ticket; readonly result: unknown };

/** Thread → main thread. */
export type Report =
  | {
      readonly kind: "pack";
      readonly type: BlobType;
      readonly id: PackId;
      readonly length: number;
      readonly header: Bytes;
      readonly memory: PackMemoryRef;
    }
  /** A pack that is not full. */
  | { readonly kind: "leftover"; readonly type: BlobType; readonly contents: PackContents }
  | { readonly kind: "ask"; readonly ticket: Ticket; readonly id: BlobId }
  | { readonly kind: "events"; readonly events: readonly Event[] }
  | { readonly kind: "root"; readonly result: unknown }
  /** The last message. `totals` is undefined when there was nothing to walk. */
  | { readonly kind: "done"; readonly totals: unknown }
  /** Not a file's fault: the run cannot go on. */
  | { readonly kind: "broken"; readonly error: WireError };

/** Memory travels once and is called by its number afterwards; what has none is not given back. */
export type PackMemoryRef =
  | { readonly number: number; readonly bytes: Bytes | undefined }
  | { readonly number: undefined; readonly bytes: Bytes };
