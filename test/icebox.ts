import { type Icebox, type IceboxOptions, startIcebox } from "../icebox/src/index.ts";
import { type Place, SCRATCH_PASSWORD } from "./scratch.ts";

export const BUCKET = "bucket";

/** What a request is met with: as ever, or a connection that breaks before the request was heard. */
export type Verdict = "answer" | "drop";

export interface WatchedIcebox extends AsyncDisposable {
  readonly box: Icebox;
  /** A repository's place below a prefix of the bucket. */
  place(prefix: string): Place;
  /** Calls for every request to S3, from 1 on, until the next call; returns how many there were since the last. */
  watch(onRequest?: (count: number, operation: string, key: string | undefined) => Verdict): number;
}

/** An icebox whose requests can be counted and met as they arrive. */
export async function watchedIcebox(options: IceboxOptions = {}): Promise<WatchedIcebox> {
  const box = await startIcebox({ buckets: [BUCKET], ...options });
  const pick = box.faults.pick.bind(box.faults);
  let seen = 0;
  let listener: Parameters<WatchedIcebox["watch"]>[0];
  box.faults.pick = (request, operation) => {
    if (listener?.(++seen, operation, request.key) === "drop") return { kind: "drop", at: "request" };
    return pick(request, operation);
  };
  const { accessKeyId, secretAccessKey } = box.credentials;
  return {
    box,
    place: (prefix) => ({
      repo: `s3:${box.endpoint}/${BUCKET}/${prefix}`,
      password: SCRATCH_PASSWORD,
      env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: box.region },
    }),
    watch: (onRequest) => {
      const before = seen;
      seen = 0;
      listener = onRequest;
      return before;
    },
    [Symbol.asyncDispose]: () => box.close(),
  };
}
