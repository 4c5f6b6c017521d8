import type { Bytes } from "../../base/bytes.ts";
import { compilePatterns } from "../../source/pattern.ts";
import type { MetadataOptions } from "../../source/target-metadata.ts";
import type { XattrChoice } from "./plan.ts";

/** What is asked of every entry's metadata; plain values, so that workers get it too. */
export interface MetadataChoice {
  readonly asRoot: boolean;
  readonly ownershipByName: boolean;
  readonly xattrs: XattrChoice;
}

export function metadataOptions(choice: MetadataChoice): MetadataOptions {
  const { asRoot, ownershipByName } = choice;
  const selectXattr = xattrFilter(choice.xattrs);
  return { asRoot, ownershipByName, ...(selectXattr === undefined ? {} : { selectXattr }) };
}

function xattrFilter(choice: XattrChoice): ((name: Bytes) => boolean) | undefined {
  if (choice.kind === "all") return undefined;
  const patterns = compilePatterns(choice.patterns, { from: `--${choice.kind}-xattr` });
  return (name) => patterns.matches(name) === (choice.kind === "include");
}
