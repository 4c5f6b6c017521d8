import type { Bytes } from "../base/bytes.ts";

/** The little of WebAssembly that is used; its types come with the DOM library, which the program does without. */
declare const WebAssembly: {
  Module: new (bytes: Bytes) => object;
  Memory: new (pages: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: unknown };
};

/** Linear memory that other threads may see: post the buffer and offsets, and nothing is copied. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

const PAGE = 65_536;
const modules = new Map<string, object>();

/** Shared memory of a fixed size. The system gives its pages as they are touched. */
export function sharedMemory(bytes: number): WasmMemory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** An instance of a generated module over `memory`; each module is compiled once in a thread. */
export function instantiate(base64: string, memory: WasmMemory): unknown {
  let module = modules.get(base64);
  if (module === undefined) modules.set(base64, (module = new WebAssembly.Module(Buffer.from(base64, "base64"))));
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}
