import { child, children, childText } from "../http/xml.ts";
import type { XmlElement } from "../http/xml.ts";
import { malformedXml } from "../s3-error.ts";
import type { StoredObject } from "../state/object.ts";

/** Which objects a rule speaks of; all of it must hold. */
export interface Filter {
  readonly prefix: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly largerThan: number | undefined;
  readonly smallerThan: number | undefined;
}

export function readFilter(element: XmlElement | undefined, prefix = ""): Filter {
  const scope = child(element, "And") ?? element;
  return {
    prefix: child(scope, "Prefix")?.text ?? prefix,
    tags: children(scope, "Tag").map((tag) => [childText(tag, "Key") ?? "", childText(tag, "Value") ?? ""]),
    largerThan: wholeNumber(childText(scope, "ObjectSizeGreaterThan")),
    smallerThan: wholeNumber(childText(scope, "ObjectSizeLessThan")),
  };
}

export function matches(filter: Filter, object: Pick<StoredObject, "key" | "size" | "tags">): boolean {
  if (!object.key.startsWith(filter.prefix)) return false;
  if (filter.largerThan !== undefined && object.size <= filter.largerThan) return false;
  if (filter.smallerThan !== undefined && object.size >= filter.smallerThan) return false;
  return filter.tags.every(([name, value]) => object.tags.some(([own, ownValue]) => own === name && ownValue === value));
}

export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw malformedXml();
  return Number(text);
}
