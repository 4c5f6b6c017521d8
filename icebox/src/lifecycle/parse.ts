import { child, children, childText, parseXml } from "../http/xml.ts";
import type { XmlElement } from "../http/xml.ts";
import { invalidArgument, invalidRequest, malformedXml } from "../s3-error.ts";
import { checkClass } from "../state/storage-class.ts";
import type { LifecycleConfiguration, LifecycleRule, Transition, When } from "./rule.ts";

const MAX_RULES = 1000;
const IA_MIN_DAYS = 30;

export function parseLifecycle(text: string, minimumSize: string | undefined, extraClasses: ReadonlySet<string>): LifecycleConfiguration {
  const root = parseXml(text);
  if (root.name !== "LifecycleConfiguration") throw malformedXml();
  const elements = children(root, "Rule");
  if (elements.length === 0 || elements.length > MAX_RULES) throw malformedXml();
  if (minimumSize !== undefined && minimumSize !== "all_storage_classes_128K" && minimumSize !== "varies_by_storage_class") {
    throw invalidRequest("Invalid x-amz-transition-default-minimum-object-size");
  }
  const rules = elements.map((element, index) => parseRule(element, index, extraClasses));
  if (new Set(rules.map((rule) => rule.id)).size !== rules.length)
    throw invalidArgument("Rule ID must be unique. Found same ID for more than one rule");
  return { rules, minimumSize: minimumSize ?? "all_storage_classes_128K", source: text };
}

function parseRule(element: XmlElement, index: number, extraClasses: ReadonlySet<string>): LifecycleRule {
  const status = childText(element, "Status");
  if (status !== "Enabled" && status !== "Disabled") throw malformedXml();
  const filter = child(element, "Filter");
  const scope = child(filter, "And") ?? filter;
  const expiration = child(element, "Expiration");
  const rule: LifecycleRule = {
    id: childText(element, "ID") ?? `rule-${index + 1}`,
    enabled: status === "Enabled",
    prefix: child(scope, "Prefix")?.text ?? child(element, "Prefix")?.text ?? "",
    tags: children(scope, "Tag").map((tag) => [childText(tag, "Key") ?? "", childText(tag, "Value") ?? ""]),
    largerThan: wholeNumber(childText(scope, "ObjectSizeGreaterThan")),
    smallerThan: wholeNumber(childText(scope, "ObjectSizeLessThan")),
    transitions: children(element, "Transition").map((transition) => parseTransition(transition, extraClasses)),
    expiration: expiration === undefined ? undefined : parseWhen(expiration, 1),
    abortUploadsAfterDays: wholeNumber(childText(child(element, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation")),
  };
  checkRule(rule, element);
  return rule;
}

function parseTransition(element: XmlElement, extraClasses: ReadonlySet<string>): Transition {
  const storageClass = childText(element, "StorageClass");
  if (storageClass === undefined) throw malformedXml();
  if (storageClass === "STANDARD" || storageClass === "REDUCED_REDUNDANCY") throw malformedXml();
  checkClass(storageClass, extraClasses);
  const when = parseWhen(element, 0);
  if (when === undefined) throw malformedXml();
  const infrequent = storageClass === "STANDARD_IA" || storageClass === "ONEZONE_IA";
  if (infrequent && "days" in when && when.days < IA_MIN_DAYS) {
    throw invalidArgument(`'Days' in Transition action must be greater than or equal to ${IA_MIN_DAYS} for storageClass '${storageClass}'`);
  }
  return { when, storageClass };
}

function parseWhen(element: XmlElement, least: number): When | undefined {
  const days = wholeNumber(childText(element, "Days"));
  const dateText = childText(element, "Date");
  if (days !== undefined && dateText !== undefined) throw malformedXml();
  if (days !== undefined) {
    if (days < least) throw invalidArgument(`'Days' must be at least ${least}`);
    return { days };
  }
  if (dateText === undefined) return undefined;
  const date = Date.parse(dateText);
  if (Number.isNaN(date)) throw malformedXml();
  if (date % 86_400_000 !== 0) throw invalidArgument("'Date' must be at midnight GMT");
  return { date };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw malformedXml();
  return Number(text);
}

function checkRule(rule: LifecycleRule, element: XmlElement): void {
  const noncurrent = child(element, "NoncurrentVersionExpiration") ?? child(element, "NoncurrentVersionTransition");
  const nothing = rule.transitions.length === 0 && rule.expiration === undefined && rule.abortUploadsAfterDays === undefined;
  if (nothing && noncurrent === undefined && child(element, "Expiration") === undefined) {
    throw invalidRequest("At least one action needs to be specified in a rule");
  }
  if (rule.tags.length > 0 && rule.abortUploadsAfterDays !== undefined) {
    throw invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags");
  }
}
