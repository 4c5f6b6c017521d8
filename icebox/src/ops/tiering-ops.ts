import { xmlReply } from "../http/reply.ts";
import { document, tag } from "../http/xml.ts";
import { invalidArgument, S3Error } from "../s3-error.ts";
import { parseTiering } from "../tiering/configuration.ts";
import type { TieringConfiguration } from "../tiering/configuration.ts";
import { bodyText, bucketOf, query } from "./call.ts";
import type { Call, Operation } from "./call.ts";

const MAX_CONFIGURATIONS = 1000;

export const putTiering: Operation = (call) => {
  const id = idOf(call);
  const configuration = parseTiering(id, bodyText(call));
  const others = bucketOf(call).facts.tiering.filter((other) => other.id !== id);
  if (others.length >= MAX_CONFIGURATIONS) {
    throw new S3Error(
      400,
      "TooManyConfigurations",
      "You are attempting to create a new configuration but have already reached the 1,000-configuration limit",
    );
  }
  return keep(call, [...others, configuration], 200);
};

export const getTiering: Operation = (call) => xmlReply(`<?xml version="1.0" encoding="UTF-8"?>\n${find(call).source}`);

export const listTiering: Operation = (call) => {
  const configurations = [...bucketOf(call).facts.tiering].sort((a, b) => (a.id < b.id ? -1 : 1));
  const inner = tag("IsTruncated", false) + configurations.map(({ source }) => source).join("");
  return xmlReply(document("ListBucketIntelligentTieringConfigurationsResult", inner));
};

/** What has sunk stays where it is until somebody asks for it. */
export const deleteTiering: Operation = (call) => {
  const gone = find(call);
  return keep(
    call,
    bucketOf(call).facts.tiering.filter((other) => other !== gone),
    204,
  );
};

function keep(call: Call, configurations: readonly TieringConfiguration[], status: number): { status: number } {
  const bucket = bucketOf(call);
  bucket.facts.tiering = configurations;
  call.account.saveBucket(bucket);
  call.account.retier(bucket);
  return { status };
}

function find(call: Call): TieringConfiguration {
  const id = idOf(call);
  const found = bucketOf(call).facts.tiering.find((configuration) => configuration.id === id);
  if (found === undefined) throw new S3Error(404, "NoSuchConfiguration", "The specified configuration does not exist.");
  return found;
}

function idOf(call: Call): string {
  const id = query(call, "id");
  if (id === undefined || !/^[\w.-]{1,64}$/.test(id)) throw invalidArgument("The configuration id is missing or malformed", "id", id);
  return id;
}
