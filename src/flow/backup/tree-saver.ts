import type { Bytes } from "../../base/bytes.ts";
import { asId, type BlobId } from "../../base/id.ts";
import { sha256Hex } from "../../kernel/hash.ts";
import type { BlobWriter } from "../../repo/blob-writer.ts";
import type { Kernel } from "../worker/kernel.ts";
import { type Added, NOTHING_ADDED } from "../worker/messages.ts";

export interface SavedTree {
  readonly id: BlobId;
  readonly added: Added;
}

/** Stores encoded trees that nobody has yet. */
export class TreeSaver {
  private readonly writer: BlobWriter;
  private readonly kernel: Kernel;
  private waiting: (() => void)[] = [];
  /** Trees on their way through the kernel. */
  sealing = 0;

  constructor(writer: BlobWriter, kernel: Kernel) {
    this.writer = writer;
    this.kernel = kernel;
  }

  async save(plaintext: Bytes): Promise<SavedTree> {
    const id: BlobId = asId(sha256Hex(plaintext));
    if (this.writer.claim("tree", id)) return { id, added: NOTHING_ADDED };
    this.sealing++;
    try {
      const [added] = await this.kernel.seal([{ type: "tree", id, plaintext }]);
      return { id, added: added ?? NOTHING_ADDED };
    } finally {
      this.sealing--;
      const waiting = this.waiting;
      this.waiting = [];
      for (const resolve of waiting) resolve();
    }
  }

  /** Resolves when a tree has been sealed. */
  whenLess(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
