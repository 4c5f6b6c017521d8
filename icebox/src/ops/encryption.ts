import { createHash } from "node:crypto";
import { accessDenied, invalidArgument, invalidRequest, S3Error } from "../s3-error.ts";
import type { StoredEncryption } from "../state/object.ts";
import { header } from "./call.ts";
import type { Call } from "./call.ts";

const PREFIX = "x-amz-server-side-encryption";

/** What a write asks for, or the bucket's default. Nothing is really encrypted; what the settings do to requests is what is modelled. */
export function readEncryption(call: Call, fallback: StoredEncryption): StoredEncryption {
  const customer = readCustomerKey(call, PREFIX);
  const algorithm = header(call, PREFIX);
  if (customer !== undefined) {
    if (algorithm !== undefined)
      throw invalidArgument("Server Side Encryption with Customer provided key is incompatible with the encryption method specified");
    return { algorithm: "AES256", customerKeyMd5: customer };
  }
  if (algorithm === undefined) return fallback;
  if (algorithm === "AES256") return { algorithm };
  if (algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse")
    throw invalidArgument("The encryption method specified is not supported", PREFIX, algorithm);
  const context = header(call, `${PREFIX}-context`);
  return {
    algorithm,
    keyId: header(call, `${PREFIX}-aws-kms-key-id`) ?? "arn:aws:kms:us-east-1:000000000000:alias/aws/s3",
    ...(header(call, `${PREFIX}-bucket-key-enabled`) === "true" ? { bucketKey: true } : {}),
    ...(context === undefined ? {} : { context }),
  };
}

/** The MD5 (base64) of the customer's key; undefined when none is sent. */
function readCustomerKey(call: Call, prefix: string): string | undefined {
  const algorithm = header(call, `${prefix}-customer-algorithm`);
  const key = header(call, `${prefix}-customer-key`);
  const md5 = header(call, `${prefix}-customer-key-md5`);
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (algorithm !== "AES256")
    throw new S3Error(
      400,
      "InvalidEncryptionAlgorithmError",
      "The encryption request that you specified is not valid. Supported value: AES256.",
    );
  const bytes = Buffer.from(key ?? "", "base64");
  if (bytes.length !== 32) throw invalidArgument("The secret key was invalid for the specified algorithm.");
  const computed = createHash("md5").update(bytes).digest("base64");
  if (md5 !== computed) throw invalidArgument("The calculated MD5 hash of the key did not match the hash that was provided.");
  return computed;
}

/** Reading an object that a customer's key protects takes the same key; any other object takes none. */
export function checkCustomerKey(call: Call, encryption: StoredEncryption, prefix: string = PREFIX): void {
  const md5 = readCustomerKey(call, prefix);
  if (encryption.customerKeyMd5 === undefined) {
    if (md5 !== undefined) throw invalidRequest("The encryption parameters are not applicable to this object.");
    return;
  }
  if (md5 === undefined) {
    throw invalidRequest(
      "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    );
  }
  if (md5 !== encryption.customerKeyMd5) throw accessDenied();
}

export function encryptionHeaders(encryption: StoredEncryption): Record<string, string> {
  if (encryption.customerKeyMd5 !== undefined) {
    return { [`${PREFIX}-customer-algorithm`]: "AES256", [`${PREFIX}-customer-key-md5`]: encryption.customerKeyMd5 };
  }
  return {
    [PREFIX]: encryption.algorithm,
    ...(encryption.keyId === undefined ? {} : { [`${PREFIX}-aws-kms-key-id`]: encryption.keyId }),
    ...(encryption.bucketKey === true ? { [`${PREFIX}-bucket-key-enabled`]: "true" } : {}),
  };
}

/** The MD5 of the bytes, except where a key of KMS or of the customer makes the ETag mean nothing. */
export function etagOf(md5Hex: string, encryption: StoredEncryption): string {
  const opaque = encryption.customerKeyMd5 ?? (encryption.algorithm === "AES256" ? undefined : encryption.keyId);
  return opaque === undefined ? md5Hex : createHash("md5").update(`${md5Hex}${opaque}`).digest("hex");
}
