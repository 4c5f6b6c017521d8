import type { World } from "../../base/world.ts";
import type { BackupConfig } from "../config/config.ts";
import type { BackupRequest } from "../backup.ts";

/**
 * Fills in what firn.yaml says under `backup`: its paths when the command line names nothing to back up; its excludes before those of the
 * command line (so that a `!` there can undo one); tags and host where no flag or variable says any.
 */
export function withBackupConfig(request: BackupRequest, config: BackupConfig, world: World): BackupRequest {
  const { targets, filesFrom, filesFromVerbatim, filesFromRaw } = request;
  const named =
    request.stdin || request.stdinFromCommand || [targets, filesFrom, filesFromVerbatim, filesFromRaw].some((list) => list.length > 0);
  return {
    ...request,
    targets: named ? targets : config.paths,
    filesFrom: named ? filesFrom : config.filesFrom,
    excludes: [...config.exclude, ...request.excludes],
    iexcludes: [...config.iexclude, ...request.iexcludes],
    excludeFiles: [...config.excludeFile, ...request.excludeFiles],
    iexcludeFiles: [...config.iexcludeFile, ...request.iexcludeFiles],
    excludeIfPresent: [...config.excludeIfPresent, ...request.excludeIfPresent],
    excludeCaches: config.excludeCaches || request.excludeCaches,
    excludeLargerThan: request.excludeLargerThan ?? config.excludeLargerThan,
    oneFileSystem: config.oneFileSystem || request.oneFileSystem,
    tags: request.tags.length > 0 ? request.tags : config.tags,
    host: request.host ?? (world.env["RESTIC_HOST"] ? undefined : config.host),
  };
}
