import { textLossy, type Bytes } from "../../../base/bytes.ts";
import { textOf } from "./xml.ts";

/** A server's refusal, in the shape in which the SDK throws its own, so that `error.ts` reads both. */
export class WireError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, message: string, status: number) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }
}

/** HEAD's answers have no body that could say more. */
const BY_STATUS: Readonly<Record<number, string>> = { 403: "Forbidden", 404: "NotFound", 412: "PreconditionFailed" };

export function wireError(status: number, statusText: string, body: Bytes): WireError {
  const text = textLossy(body);
  const name = /<Error[\s>]/.test(text) ? textOf(text, "Code") : undefined;
  return new WireError(name ?? BY_STATUS[status] ?? "", name === undefined ? statusText : (textOf(text, "Message") ?? ""), status);
}
