import type { Bytes } from "../../base/bytes.ts";
import { BYTES, Column, Runs, runAt } from "./column.ts";
import { Entries } from "./entries.ts";
import type { TreeEntry } from "./tree-entry.ts";

/** Symlinks and special files of a snapshot, by number. */
export class Others {
  readonly entries = new Entries();
  readonly #linkTargets = new Runs();
  readonly #skips = new Column(BYTES);
  readonly #devices = new Map<number, bigint>();

  get length(): number {
    return this.entries.length;
  }

  /** `skip`: what is there is left alone. */
  add(entry: TreeEntry, dir: number, trait: number, skip: boolean): void {
    const node = entry.node();
    const at = this.entries.add(entry, dir, trait);
    this.#linkTargets.push(node.linkTarget);
    this.#skips.push(skip ? 1 : 0);
    if (node.device !== 0n) this.#devices.set(at, node.device);
  }

  isSkipped(at: number): boolean {
    return this.#skips.values[at] === 1;
  }

  linkTargetOf(at: number): Bytes {
    return runAt(this.#linkTargets.view(), at);
  }

  deviceOf(at: number): bigint {
    return this.#devices.get(at) ?? 0n;
  }
}
