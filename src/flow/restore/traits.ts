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
  /** By what a tree's text says of them. */
  readonly #byText = new Map<string, number>();
  numberOf(node: TraitNode): number {
    const key = keyOf(node);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(traitOf(node)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** `text` says all of it; the node is only decoded when nobody has said so before. */
  numberOfText(text: string, node: () => TraitNode): number {
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = this.numberOf(node());
      this.#byText.set(text, number);
    }
    return number;
  }
}

function keyOf({ type, mode, uid, gid, user, group, xattrs }: TraitNode): string {
  return JSON.stringify([type, mode, uid, gid, user, group, ...xattrs.flatMap(({ name, value }) => [toLatin(name), toLatin(value)])]);
}

function traitOf({ type, mode, uid, gid, user, group, xattrs }: TraitNode): Trait {
  return { type: type === "" ? "irregular" : type, permissions: posixModeFromGo(mode), uid, gid, user, group, xattrs };
}
