/** restic's file kinds, and the path of each file under the repository's root (restic-format §16). */
export type FileKind = "data" | "index" | "snapshots" | "locks" | "keys";

export const CONFIG_PATH = "config";

export function prefixOf(kind: FileKind): string {
  return `${kind}/`;
}

export function pathOf(kind: FileKind, id: string): string {
  return kind === "data" ? `data/${id.slice(0, 2)}/${id}` : `${kind}/${id}`;
}
