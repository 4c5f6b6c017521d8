import { readFile } from "node:fs/promises";
import { FirnError } from "../base/error.ts";
import type { World } from "../base/world.ts";
import type { Access, ConfiguredAccess } from "./access.ts";

/** Where the repository is: flag, then environment, then firn.yaml. Naming it twice at one level is refused, as restic does. */
export async function resolveLocation(access: Access, configured: ConfiguredAccess, world: World): Promise<string> {
  if (access.repo !== undefined && access.repositoryFile !== undefined) {
    throw new FirnError({ code: "usage", message: "--repo and --repository-file both name the repository", hint: "give one of them" });
  }
  if (access.repo !== undefined) return access.repo;
  if (access.repositoryFile !== undefined) return readLocation(access.repositoryFile, "--repository-file");
  if (nonEmpty(world.env["RESTIC_REPOSITORY"]) && nonEmpty(world.env["RESTIC_REPOSITORY_FILE"])) {
    throw new FirnError({
      code: "usage",
      message: "RESTIC_REPOSITORY and RESTIC_REPOSITORY_FILE both name the repository",
      hint: "unset one of them, or say which with -r",
    });
  }
  if (nonEmpty(world.env["RESTIC_REPOSITORY"])) return world.env["RESTIC_REPOSITORY"]!;
  if (nonEmpty(world.env["RESTIC_REPOSITORY_FILE"])) return readLocation(world.env["RESTIC_REPOSITORY_FILE"]!, "RESTIC_REPOSITORY_FILE");
  if (configured.repository !== undefined) return configured.repository;
  throw new FirnError({
    code: "no-location",
    message: "no repository was named",
    hint: "give it with -r, in RESTIC_REPOSITORY, or as `repository:` in firn.yaml",
  });
}

async function readLocation(file: string, from: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new FirnError({ code: "no-location", message: `${from}: cannot read ${file}: ${(cause as Error).message}`, cause });
  }
  if (text === "") throw new FirnError({ code: "no-location", message: `${from}: ${file} is empty` });
  return text;
}

function nonEmpty(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}
