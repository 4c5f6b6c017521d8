import { type Bytes, textStrict, utf8 } from "../base/bytes.ts";
import { CorruptError, FirnError } from "../base/error.ts";
import { asId, type BlobId, parseId } from "../base/id.ts";
import { encodeConfig } from "../format/config-codec.ts";
import { pathOf } from "../format/file-kind.ts";
import { indentJson } from "../format/indent-json.ts";
import { encodeMasterKey } from "../format/key-file.ts";
import { sha256Hex } from "../kernel/hash.ts";
import { findFile, findSnapshot, parseSnapshotSpec } from "../repo/find.ts";
import { loadKeyFile } from "../repo/keys.ts";
import { MissingBlobError } from "../repo/loader.ts";
import type { OpenedRepository } from "../repo/opened-repository.ts";
import type { SnapshotFilter } from "../repo/snapshot-filter.ts";
import { findFolder } from "../repo/tree-walk.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./open-repository.ts";
import { withRepository } from "./with-repository.ts";

const KINDS = ["masterkey", "config", "pack", "blob", "snapshot", "index", "key", "lock", "tree"] as const;
type Kind = (typeof KINDS)[number];

/** Which snapshot `latest` is. */
export interface CatFind {
  readonly filter: SnapshotFilter;
  /** Told of snapshots that cannot be read; one of them may have been the latest. */
  readonly onError: (id: string, error: unknown) => void;
}

/** The bytes to print: JSON indented for people, packs and blobs exactly as they are. */
export async function cat(access: Access, caller: Caller, what: string, name: string | undefined, find: CatFind): Promise<Bytes> {
  const kind = KINDS.find((candidate) => candidate === what);
  if (kind === undefined) {
    throw new FirnError({
      code: "usage",
      message: `cat: ${JSON.stringify(what)} is no kind of object`,
      hint: `use one of ${KINDS.join(", ")}`,
    });
  }
  if (name === undefined && kind !== "masterkey" && kind !== "config") {
    throw new FirnError({ code: "usage", message: `cat ${kind}: an id is missing`, hint: `for example \`firn cat ${kind} 0123abcd\`` });
  }
  return withRepository(access, caller, { lock: "shared", mayGoWithout: true }, (repo) => read(repo, kind, name ?? "", find));
}

async function read(repo: OpenedRepository, kind: Kind, name: string, find: CatFind): Promise<Bytes> {
  switch (kind) {
    case "masterkey":
      return pretty(encodeMasterKey(repo.key));
    case "config":
      return pretty(encodeConfig(repo.config));
    case "key": {
      const id = await findFile<"key">(repo, "keys", name);
      await loadKeyFile(repo.store, id);
      return pretty(await repo.store.get(pathOf("keys", id)));
    }
    case "snapshot":
      return pretty(await repo.loadUnpacked("snapshots", (await findSnapshot(repo, name, find.filter, find)).id));
    case "index":
      return repo.loadUnpacked("index", await findFile<"index">(repo, "index", name));
    case "lock":
      return pretty(await repo.loadUnpacked("locks", await findFile<"lock">(repo, "locks", name)));
    case "pack":
      return readPack(repo, name);
    case "blob":
      return readBlob(repo, parseId<"blob">(name, "cat blob"));
    case "tree":
      return readTree(repo, name, find);
  }
}

function pretty(json: Bytes): Bytes {
  const text = textStrict(json);
  return text === undefined ? json : utf8(`${indentJson(text)}\n`);
}

async function readPack(repo: OpenedRepository, name: string): Promise<Bytes> {
  const id = await findFile<"pack">(repo, "data", name);
  const bytes = await repo.store.get(pathOf("data", id));
  if (sha256Hex(bytes) === id) return bytes;
  throw new CorruptError({ object: pathOf("data", id), check: `the SHA-256 of its ${bytes.length} bytes is not its name` });
}

async function readBlob(repo: OpenedRepository, id: BlobId): Promise<Bytes> {
  await repo.loadIndex();
  for (const type of ["data", "tree"] as const) if (repo.index.has(type, id)) return repo.loadBlob({ type, id });
  throw new MissingBlobError({ type: "data", id });
}

async function readTree(repo: OpenedRepository, name: string, find: CatFind): Promise<Bytes> {
  const { snapshot: wanted, subfolder } = parseSnapshotSpec(name);
  const snapshot = await findSnapshot(repo, wanted, find.filter, find);
  await repo.loadIndex();
  const tree = subfolder === undefined ? snapshot.tree : await findFolder(repo, snapshot.tree, subfolder);
  return repo.loadBlob({ type: "tree", id: asId<"blob">(tree) });
}
