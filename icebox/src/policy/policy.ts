import { S3Error } from "../s3-error.ts";
import { isOperator } from "./condition.ts";
import type { Condition } from "./condition.ts";

/** A statement that takes something away. What a policy allows is of no consequence here: whoever signs as the account may do everything. */
export interface Denial {
  readonly principals: readonly string[];
  readonly actions: Patterns;
  readonly resources: Patterns;
  readonly conditions: readonly Condition[];
}

/** `*` and `?` are wild; with `except`, all but these. */
export interface Patterns {
  readonly except: boolean;
  readonly patterns: readonly string[];
}

export interface BucketPolicy {
  readonly denials: readonly Denial[];
  /** As it was put, for GET. */
  readonly source: string;
}

const MAX_BYTES = 20 * 1024;

export function parsePolicy(text: string, bucket: string): BucketPolicy {
  if (Buffer.byteLength(text) > MAX_BYTES) throw malformed("The policy exceeds the maximum allowed document size.");
  const root = record(parseJson(text), "Policies must be valid JSON and the first byte must be '{'");
  const version = root["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17")
    throw malformed("The policy must contain a valid version string");
  const statements = Array.isArray(root["Statement"]) ? root["Statement"] : [root["Statement"]];
  if (statements.length === 0 || statements[0] === undefined) throw malformed("Missing required field Statement");
  const parsed = statements.map((statement) => parseStatement(record(statement, "Invalid policy syntax."), bucket));
  return { denials: parsed.filter((denial) => denial !== undefined), source: text };
}

function parseStatement(statement: Readonly<Record<string, unknown>>, bucket: string): Denial | undefined {
  const effect = statement["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw malformed(`Invalid effect: ${String(effect)}`);
  const denial: Denial = {
    principals: readPrincipals(statement),
    actions: readPatterns(statement, "Action"),
    resources: readPatterns(statement, "Resource"),
    conditions: readConditions(statement["Condition"]),
  };
  if (denial.actions.patterns.some((action) => action !== "*" && !/^s3:[\w*?]+$/i.test(action)))
    throw malformed("Policy has invalid action");
  const own = `arn:aws:s3:::${bucket}`;
  const foreign = denial.resources.patterns.find(
    (resource) => resource !== "*" && resource !== own && !resource.startsWith(`${own}/`) && !/^arn:aws:s3:::[^/]*[*?]/.test(resource),
  );
  if (foreign !== undefined) throw malformed("Policy has invalid resource");
  return effect === "Deny" ? denial : undefined;
}

function readPrincipals(statement: Readonly<Record<string, unknown>>): readonly string[] {
  const principal = statement["Principal"];
  if ("NotPrincipal" in statement || principal === undefined) throw malformed("Invalid principal in policy");
  return principal === "*" ? ["*"] : strings(record(principal, "Invalid principal in policy")["AWS"], "Invalid principal in policy");
}

function readPatterns(statement: Readonly<Record<string, unknown>>, name: "Action" | "Resource"): Patterns {
  const except = statement[`Not${name}`];
  if ((except === undefined) === (statement[name] === undefined)) throw malformed(`Missing required field ${name}`);
  return { except: except !== undefined, patterns: strings(except ?? statement[name], `Policy has invalid ${name.toLowerCase()}`) };
}

function readConditions(block: unknown): Condition[] {
  if (block === undefined) return [];
  return Object.entries(record(block, "Invalid policy syntax.")).flatMap(([operator, keys]) => {
    if (!isOperator(operator)) throw malformed(`Invalid Condition type : ${operator}`);
    return Object.entries(record(keys, "Invalid policy syntax.")).map(([key, value]) => {
      const values = (Array.isArray(value) ? value : [value]).map(String);
      return { operator, key, values };
    });
  });
}

function strings(value: unknown, otherwise: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((entry) => typeof entry === "string")) throw malformed(otherwise);
  return list;
}

function record(value: unknown, otherwise: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(otherwise);
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(message: string): S3Error {
  return new S3Error(400, "MalformedPolicy", message);
}
