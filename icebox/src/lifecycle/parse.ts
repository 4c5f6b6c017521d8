import { child, children, childText, parseXml } from "../http/xml.ts";
import type { XmlElement } from "../http/xml.ts";
import { invalidArgument, invalidRequest, malformedXml } from "../s3-error.ts";
import { checkClass } from "../state/storage-class.ts";
import { readFilter, wholeNumber } from "./filter.ts";
import type { LifecycleConfiguration, LifecycleRule, NoncurrentTransition, NoncurrentWhen, Transition, When } from "./rule.ts";

const MAX_RULES = 1000;
const IA_MIN_DAYS = 30;
const MAX_KEPT_VERSIONS = 100;

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
  const expiration = child(element, "Expiration");
  const noncurrentExpiration = child(element, "NoncurrentVersionExpiration");
  const rule: LifecycleRule = {
    id: childText(element, "ID") ?? `rule-${index + 1}`,
    enabled: status === "Enabled",
    ...readFilter(child(element, "Filter"), child(element, "Prefix")?.text),
    transitions: children(element, "Transition").map((transition) => parseTransition(transition, extraClasses)),
    expiration: expiration === undefined ? undefined : parseWhen(expiration, 1),
    noncurrentTransitions: children(element, "NoncurrentVersionTransition").map((transition) => parseNoncurrent(transition, extraClasses)),
    noncurrentExpiration: noncurrentExpiration === undefined ? undefined : parseNoncurrentWhen(noncurrentExpiration, 1),
    expireLoneMarkers: childText(expiration, "ExpiredObjectDeleteMarker") === "true",
    abortUploadsAfterDays: wholeNumber(childText(child(element, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation")),
  };
  checkRule(rule);
  return rule;
}

function parseTransition(element: XmlElement, extraClasses: ReadonlySet<string>): Transition {
  const storageClass = targetClass(element, extraClasses);
  const when = parseWhen(element, 0);
  if (when === undefined) throw malformedXml();
  if ("days" in when) checkInfrequent("Days", when.days, storageClass);
  return { when, storageClass };
}

function parseNoncurrent(element: XmlElement, extraClasses: ReadonlySet<string>): NoncurrentTransition {
  const storageClass = targetClass(element, extraClasses);
  const when = parseNoncurrentWhen(element, 0);
  checkInfrequent("NoncurrentDays", when.days, storageClass);
  return { when, storageClass };
}

function targetClass(element: XmlElement, extraClasses: ReadonlySet<string>): string {
  const storageClass = childText(element, "StorageClass");
  if (storageClass === undefined) throw malformedXml();
  if (storageClass === "STANDARD" || storageClass === "REDUCED_REDUNDANCY") throw malformedXml();
  return checkClass(storageClass, extraClasses);
}

function checkInfrequent(name: string, days: number, storageClass: string): void {
  if (days >= IA_MIN_DAYS || (storageClass !== "STANDARD_IA" && storageClass !== "ONEZONE_IA")) return;
  throw invalidArgument(
    `'${name}' in Transition action must be greater than or equal to ${IA_MIN_DAYS} for storageClass '${storageClass}'`,
  );
}

function parseNoncurrentWhen(element: XmlElement, least: number): NoncurrentWhen {
  const days = wholeNumber(childText(element, "NoncurrentDays"));
  const keep = wholeNumber(childText(element, "NewerNoncurrentVersions"));
  if (days === undefined) throw malformedXml();
  if (days < least) throw invalidArgument(`'NoncurrentDays' must be at least ${least}`);
  if (keep !== undefined && (keep < 1 || keep > MAX_KEPT_VERSIONS)) {
    throw invalidArgument(`'NewerNoncurrentVersions' must be between 1 and ${MAX_KEPT_VERSIONS}`);
  }
  return { days, keep: keep ?? 0 };
}

function parseWhen(element: XmlElement, least: number): When | undefined {
  const days = wholeNumber(childText(element, "Days"));
  const dateText = childText(element, "Date");
  const marker = childText(element, "ExpiredObjectDeleteMarker");
  if ([days, dateText, marker].filter((choice) => choice !== undefined).length > 1) throw malformedXml();
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

function checkRule(rule: LifecycleRule): void {
  const actions = [rule.expiration, rule.noncurrentExpiration, rule.abortUploadsAfterDays, rule.expireLoneMarkers || undefined];
  const moves = rule.transitions.length + rule.noncurrentTransitions.length;
  if (moves === 0 && actions.every((action) => action === undefined)) {
    throw invalidRequest("At least one action needs to be specified in a rule");
  }
  if (rule.tags.length === 0) return;
  if (rule.abortUploadsAfterDays !== undefined) throw invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags");
  if (rule.expireLoneMarkers) throw invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags");
}
