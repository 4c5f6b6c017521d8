import { posixModeFromGo } from "../../format/mode.ts";
import type { Node } from "../../format/node.ts";
import { toLatin } from "../../source/path.ts";
import type { TargetMetadata } from "../../source/target-metadata.ts";

/** Metadata that many entries have in common: all but the times. */
export type Trait = Omit<TargetMetadata, "mtimeNs" | "atimeNs">;

type TraitNode = Pick<Node, "type" | "mode" | "uid" | "gid" | "user" | "group" | "xattrs">;

/** Every combination that occurs, once; a snapshot of 80,000 entries has some dozens. */
export class Traits {
  readonly list: Trait[] = [];
  readonly #numbers = new Map<string, number>();
  /** The one met last, which mostly is the next one too. */
  #last: TraitNode | undefined;
  #lastNumber = 0;

  numberOf(node: TraitNode): number {
    if (this.#last !== undefined && isSame(this.#last, node)) return this.#lastNumber;
    const key = keyOf(node);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(traitOf(node)) - 1;
      this.#numbers.set(key, number);
    }
    const { type, mode, uid, gid, user, group, xattrs } = node;
    this.#last = { type, mode, uid, gid, user, group, xattrs };
    this.#lastNumber = number;
    return number;
  }
}

function isSame(a: TraitNode, b: TraitNode): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.type !== b.type) return false;
  return a.user === b.user && a.group === b.group && a.xattrs.length === 0 && b.xattrs.length === 0;
}

function keyOf({ type, mode, uid, gid, user, group, xattrs }: TraitNode): string {
  return JSON.stringify([type, mode, uid, gid, user, group, ...xattrs.flatMap(({ name, value }) => [toLatin(name), toLatin(value)])]);
}

function traitOf({ type, mode, uid, gid, user, group, xattrs }: TraitNode): Trait {
  return { type: type === "" ? "irregular" : type, permissions: posixModeFromGo(mode), uid, gid, user, group, xattrs };
}
