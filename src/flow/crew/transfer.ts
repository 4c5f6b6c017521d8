import type { Bytes } from "../../base/bytes.ts";

/** The buffer behind bytes that nobody else looks into, to be given away with a message; nothing when they are a part of a larger one. */
export function transferable(bytes: Bytes): ArrayBuffer[] {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && bytes.byteLength === buffer.byteLength ? [buffer] : [];
}
