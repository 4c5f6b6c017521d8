import { FirnError } from "../base/error.ts";
import type { FileKind } from "../format/file-kind.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

const KINDS: Readonly<Record<string, FileKind | "blobs">> = {
  blobs: "blobs",
  packs: "data",
  index: "index",
  snapshots: "snapshots",
  keys: "keys",
  locks: "locks",
};

/** Hands over the ids of all objects of a kind; blobs as `data <id>` and `tree <id>`. */
export async function listObjects(access: Access, caller: Caller, what: string, onLine: (line: string) => void): Promise<void> {
  const kind = KINDS[what];
  if (kind === undefined) {
    const known = Object.keys(KINDS).join(", ");
    throw new FirnError({ code: "usage", message: `list: ${JSON.stringify(what)} is no kind of object`, hint: `use one of ${known}` });
  }
  const lock = kind === "locks" ? "none" : "shared";
  await withRepository(access, caller, { lock, mayGoWithout: true }, async (repo, signal) => {
    if (kind !== "blobs") {
      for await (const { id } of repo.list(kind, signal)) onLine(id);
      return;
    }
    await repo.loadIndex({ signal });
    for (const { type, id } of repo.index.entries()) onLine(`${type} ${id}`);
  });
}
