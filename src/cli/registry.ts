import type { Command } from "commander";
import type { Door } from "./door.ts";

export interface CommandModule {
  /** Adds the command to the program; its action may return an exit code by setting it on the outcome. */
  register(program: Command, door: Door): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: "Back up and get back" | "Look" | "Keep in order" | "Recovery time and cost";
  /** Loaded only when the command is called: start-up does no work that it does not need. */
  load(): Promise<CommandModule>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: "init", summary: "Create a new repository", group: "Back up and get back", load: () => import("./command/init.ts") },
  {
    name: "backup",
    summary: "Take a snapshot of files and folders",
    group: "Back up and get back",
    load: () => import("./command/backup.ts"),
  },
  { name: "restore", summary: "Get files back from a snapshot", group: "Back up and get back", load: () => import("./command/restore.ts") },
  {
    name: "demo",
    summary: "A year of backups in a minute, on a simulated archive",
    group: "Back up and get back",
    load: () => import("./command/demo.ts"),
  },
  { name: "snapshots", summary: "List snapshots", group: "Look", load: () => import("./command/snapshots.ts") },
  { name: "ls", summary: "List the files of a snapshot", group: "Look", load: () => import("./command/ls.ts") },
  { name: "cat", summary: "Print an object of the repository", group: "Look", load: () => import("./command/cat.ts") },
  { name: "list", summary: "List the ids of objects of one kind", group: "Look", load: () => import("./command/list.ts") },
  { name: "version", summary: "Print the version", group: "Look", load: () => import("./command/version.ts") },
  { name: "check", summary: "Check the repository for errors", group: "Keep in order", load: () => import("./command/check.ts") },
  { name: "forget", summary: "Remove snapshots by a retention policy", group: "Keep in order", load: () => import("./command/forget.ts") },
  { name: "prune", summary: "Remove data no snapshot needs", group: "Keep in order", load: () => import("./command/prune.ts") },
  { name: "unlock", summary: "Remove stale locks", group: "Keep in order", load: () => import("./command/unlock.ts") },
  { name: "key", summary: "List, add, remove and change passwords", group: "Keep in order", load: () => import("./command/key.ts") },
  {
    name: "tier",
    summary: "See, plan, carry out and prove what is kept where",
    group: "Recovery time and cost",
    load: () => import("./command/tier.ts"),
  },
];
