import { child, childText, children, document, parseXml, tag, wrap } from "../http/xml.ts";
import { xmlReply } from "../http/reply.ts";
import { malformedXml } from "../s3-error.ts";
import { bodyText, bucketOf, objectOf, versionHeader } from "./call.ts";
import type { Operation } from "./call.ts";
import { checkTags } from "./describe.ts";

export const putObjectTagging: Operation = (call) => {
  const object = objectOf(call);
  call.billedClass = "STANDARD";
  const root = parseXml(bodyText(call));
  const set = child(root, "TagSet");
  if (root.name !== "Tagging" || set === undefined) throw malformedXml();
  const tags = children(set, "Tag").map((entry) => [childText(entry, "Key") ?? "", childText(entry, "Value") ?? ""] as const);
  const bucket = bucketOf(call);
  call.account.setTags(bucket, object, checkTags(tags), call.at);
  return { status: 200, headers: versionHeader(bucket, object.versionId) };
};

export const getObjectTagging: Operation = (call) => {
  const object = objectOf(call);
  call.billedClass = "STANDARD";
  const tags = object.tags.map(([name, value]) => wrap("Tag", tag("Key", name) + tag("Value", value)));
  return xmlReply(document("Tagging", wrap("TagSet", tags.join(""))), versionHeader(bucketOf(call), object.versionId));
};

export const deleteObjectTagging: Operation = (call) => {
  const bucket = bucketOf(call);
  const object = objectOf(call);
  call.account.setTags(bucket, object, [], call.at);
  return { status: 204, headers: versionHeader(bucket, object.versionId) };
};
