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

/** A generated module, compiled once in a thread; undefined when this WebAssembly lacks what it needs. Threads may be given it. */
export function compile(base64: string): object | undefined {
  let module = modules.get(base64);
  if (module === undefined) {
    try {
      module = new WebAssembly.Module(Buffer.from(base64, "base64"));
    } catch {
      return undefined;
    }
    modules.set(base64, module);
  }
  return module;
}

/** An instance of a generated module over `memory`. */
export function instantiate(base64: string, memory: WasmMemory): unknown {
  const module = compile(base64);
  if (module === undefined) throw new Error("this WebAssembly cannot run the kernel");
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}
