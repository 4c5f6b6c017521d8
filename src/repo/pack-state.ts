import { forEachParallel } from "../base/parallel.ts";
import { asId, isId, type PackId } from "../base/id.ts";
import { pathOf } from "../format/file-kind.ts";
import { kindOfClass } from "../store/class-names.ts";
import type { ObjectInfo, ObjectStore } from "../store/object-store.ts";
import type { PackState } from "./repository.ts";

/** The state of every pack from LIST alone. */
export async function listPackStates(store: ObjectStore, now: number, signal?: AbortSignal): Promise<Map<PackId, PackState>> {
  const states = new Map<PackId, PackState>();
  for await (const info of store.list("data/", { signal })) {
    const id = info.key.slice(info.key.lastIndexOf("/") + 1);
    if (isId(id) && info.key === pathOf("data", id)) states.set(asId<"pack">(id), stateOf(info, store.capabilities.storageClasses, now));
  }
  return states;
}

function stateOf(info: ObjectInfo, hasClasses: boolean, now: number): PackState {
  const { size, storageClass, lastModified, etag } = info;
  return { size, storageClass, lastModified, etag, ...readability(info, hasClasses, now) };
}

/** A temporary copy that has run out is archived again, whatever the server still says of it. */
export function readability(info: ObjectInfo, hasClasses: boolean, now: number): Pick<PackState, "state" | "until"> {
  const kind = hasClasses ? kindOfClass(info.storageClass) : "instant";
  if (kind === "instant") return { state: "hot", until: undefined };
  if (kind === "unknown") return { state: "unknown", until: undefined };
  const { restore } = info;
  if (restore === undefined) return { state: "archived", until: undefined };
  if (restore.ongoing) return { state: "thawing", until: undefined };
  if (restore.expiry === undefined || restore.expiry <= now) return { state: "archived", until: undefined };
  return { state: "thawed", until: restore.expiry };
}

/** HEAD for the packs that LIST calls archived, on a server whose LIST may keep thaws to itself; `states` is brought up to date. */
export async function confirmByHead(
  store: ObjectStore,
  states: Map<PackId, PackState>,
  packs: Iterable<PackId>,
  now: number,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!store.capabilities.storageClasses || store.capabilities.listsRestoreState) return false;
  let thawed = false;
  const unsure = [...new Set(packs)].filter((pack) => states.get(pack)?.state === "archived");
  await forEachParallel(unsure, store.connections, async (pack) => {
    const info = await store.head(pathOf("data", pack), { signal });
    if (info === undefined) return;
    const state = stateOf(info, true, now);
    states.set(pack, state);
    if (state.state === "thawed" || state.state === "hot") thawed = true;
  });
  return thawed;
}
