import type { CallOptions, RestoreAnswer, RetrievalTier } from "../object-store.ts";
import { StoreError } from "../store-error.ts";
import { nameOf, s3Error } from "./error.ts";
import { call, type Session, sending, target, whatOf } from "./session.ts";

export interface RestoreRequest {
  readonly days: number;
  readonly tier: RetrievalTier | undefined;
}

/**
 * RestoreObject (object-storage §2.1): 202 a thaw begins, 200 readable already and kept longer, 409 one is under way, 403 the class is not
 * an archive, 503 no expedited capacity. Some servers swap 200 and 202, so callers look at LIST before they believe a thaw is over.
 */
export async function restoreObject(
  session: Session,
  key: string,
  request: RestoreRequest,
  { signal }: CallOptions,
): Promise<RestoreAnswer> {
  return call(session, { verb: "thaw", key, signal }, async () => {
    try {
      const { sdk, client } = await session.aws();
      const output = await client.send(
        new sdk.RestoreObjectCommand({
          ...target(session, key),
          RestoreRequest: {
            Days: request.days,
            ...(request.tier === undefined ? {} : { GlacierJobParameters: { Tier: request.tier } }),
          },
        }),
        sending(signal),
      );
      return output.$metadata.httpStatusCode === 200 ? "already" : "accepted";
    } catch (error) {
      const name = nameOf(error);
      if (name === "RestoreAlreadyInProgress") return "ongoing";
      if (name === "InvalidObjectState" || name === "ObjectAlreadyInActiveTierError") throw notArchived(session, key);
      if (name === "InvalidArgument" && request.tier !== undefined) throw noSuchTier(session, key, request.tier, error);
      throw error;
    }
  });
}

function notArchived(session: Session, key: string): StoreError {
  return new StoreError({
    code: "not-archived",
    message: `${whatOf(session, key)} is in no class that must be thawed`,
    hint: "it can be read as it is",
    key,
  });
}

function noSuchTier(session: Session, key: string, tier: RetrievalTier, error: unknown): StoreError {
  const { message } = s3Error(error, { verb: "thaw", what: whatOf(session, key), key });
  return new StoreError({
    code: "unsupported",
    message,
    hint: `this object's class may not offer ${tier} retrieval: try --thaw standard or --thaw bulk`,
    key,
  });
}
