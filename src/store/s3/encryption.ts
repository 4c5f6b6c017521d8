import type { CopyObjectCommandInput } from "@aws-sdk/client-s3";
import type { Encryption } from "../object-store.ts";
import { StoreError } from "../store-error.ts";

/** What HEAD says of it. */
interface Described {
  readonly algorithm: string | undefined;
  readonly customerAlgorithm: string | undefined;
  readonly keyId: string | undefined;
  readonly bucketKey: boolean;
}

type Wanted = Pick<CopyObjectCommandInput, "ServerSideEncryption" | "SSEKMSKeyId" | "BucketKeyEnabled" | "SSEKMSEncryptionContext">;

export function encryptionOf(head: Described): Encryption {
  if (head.customerAlgorithm !== undefined) return { kind: "customer" };
  switch (head.algorithm) {
    case undefined:
      return { kind: "default" };
    case "AES256":
      return { kind: "aes256" };
    case "aws:kms":
    case "aws:kms:dsse":
      return {
        kind: "kms",
        dual: head.algorithm === "aws:kms:dsse",
        keyId: head.keyId,
        bucketKey: head.bucketKey,
      };
    default:
      // A server's own kind cannot be asked for by name in a copy; the copy gets the same default the object got.
      return { kind: "default" };
  }
}

/** A copy takes the bucket's default unless it is told otherwise (object-storage §2.5), so what the object had is sent again. */
export function encryptionHeaders(encryption: Encryption, what: string, key: string): Wanted {
  if (encryption.kind === "customer") {
    throw new StoreError({
      code: "unsupported",
      message: `${what} is encrypted with a customer's key (SSE-C)`,
      hint: "its class cannot be changed without that key; firn does not take such keys",
      key,
    });
  }
  if (encryption.kind === "default") return {};
  if (encryption.kind === "aes256") return { ServerSideEncryption: "AES256" };
  return {
    ServerSideEncryption: encryption.dual ? "aws:kms:dsse" : "aws:kms",
    ...(encryption.keyId === undefined ? {} : { SSEKMSKeyId: encryption.keyId }),
    ...(encryption.context === undefined ? {} : { SSEKMSEncryptionContext: encryption.context }),
    // Dual-layer encryption takes no bucket key.
    ...(encryption.dual ? {} : { BucketKeyEnabled: encryption.bucketKey }),
  };
}
