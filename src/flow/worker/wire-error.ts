import { type ErrorFacts, FirnError } from "../../base/error.ts";

/** An error between threads: a clone would keep the message of a FirnError and lose what makes it one. */
export type WireError = { readonly kind: "firn"; readonly facts: ErrorFacts } | { readonly kind: "other"; readonly error: unknown };

export function toWire(error: unknown): WireError {
  if (!(error instanceof FirnError)) return { kind: "other", error };
  const { code, message, hint, exitCode, retryable } = error;
  return { kind: "firn", facts: { code, message, hint, exitCode, retryable } };
}

export function fromWire(error: WireError): unknown {
  return error.kind === "firn" ? new FirnError(error.facts) : error.error;
}
