import { libc } from "./libc.ts";

/** What this platform's adapter can do. Where a flag is false the fact is lost on backup and skipped on restore, and the caller says so once. */
export interface Capabilities {
  readonly xattrs: boolean;
  /** Writing times with nanoseconds; reading them works everywhere. */
  readonly nanosecondTimes: boolean;
  readonly specialNodes: boolean;
  /** User and group names from every source the system knows, not only /etc/passwd and /etc/group. */
  readonly nameService: boolean;
}

const bound = libc !== undefined;

export const capabilities: Capabilities = { xattrs: bound, nanosecondTimes: bound, specialNodes: bound, nameService: bound };
