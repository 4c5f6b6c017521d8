import { stat } from "node:fs/promises";

export interface Modes {
  readonly folder: number;
  readonly file: number;
}

export const DEFAULT_MODES: Modes = { folder: 0o700, file: 0o600 };
const GROUP_MODES: Modes = { folder: 0o770, file: 0o660 };

/** Whoever made `config` readable for the group wants every file so (restic-format §16). */
export async function modesOf(configPath: string): Promise<Modes> {
  try {
    return ((await stat(configPath)).mode & 0o040) === 0 ? DEFAULT_MODES : GROUP_MODES;
  } catch {
    return DEFAULT_MODES;
  }
}

/** Files of a repository never change, so nobody needs to write to them: 0600 becomes 0400, 0660 becomes 0440. */
export function readOnly(mode: number): number {
  return mode & ~0o222;
}
