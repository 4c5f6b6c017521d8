import type { Duration } from "../../base/duration.ts";
import { isZeroDuration, parseDuration } from "../../base/duration.ts";
import { FirnError } from "../../base/error.ts";
import { KEEP_NOTHING, type KeepPolicy, PERIODS, UNLIMITED } from "../../plan/keep-policy.ts";
import type { Rule } from "../../plan/tier/rule.ts";
import type { SeriesKey, SeriesOptions } from "../../plan/tier/series.ts";
import { DEFAULT_RECOVERY, readRecovery } from "./recovery.ts";
import type { RawConfig, RawKeep } from "./schema.ts";
import type { YamlSource } from "./yaml-source.ts";

/** firn.yaml, read and checked. Everything is optional; what is absent is undefined or the default named beside it. */
export interface Config {
  /** undefined: no file was found. */
  readonly source: YamlSource | undefined;
  readonly repository: string | undefined;
  readonly passwordCommand: string | undefined;
  readonly passwordFile: string | undefined;
  readonly backup: BackupConfig;
  /** undefined: no policy, nothing is ever forgotten. */
  readonly keep: KeepPolicy | undefined;
  readonly recovery: readonly Rule[];
  readonly series: SeriesOptions;
  readonly provider: string | undefined;
  readonly region: string | undefined;
  /** As `-o key=value`; flags win. */
  readonly storageOptions: Readonly<Record<string, string>>;
}

export interface BackupConfig {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly iexclude: readonly string[];
  readonly excludeFile: readonly string[];
  readonly iexcludeFile: readonly string[];
  readonly excludeIfPresent: readonly string[];
  readonly excludeCaches: boolean;
  readonly excludeLargerThan: string | undefined;
  readonly filesFrom: readonly string[];
  readonly oneFileSystem: boolean;
  readonly tags: readonly string[];
  readonly host: string | undefined;
}

export const DEFAULT_SERIES: SeriesOptions = { by: ["host", "paths"], retireAfter: undefined };

/** What holds when there is no file. */
export function defaultConfig(): Config {
  return fromRaw({}, undefined);
}

/** The configuration that a file of the right shape makes. */
export function fromRaw(raw: RawConfig, source: YamlSource | undefined): Config {
  if (raw["password-command"] !== undefined && raw["password-file"] !== undefined) {
    throw fail(source, ["password-file"], "password-command and password-file both give the password", "keep one of them");
  }
  const options = Object.entries(raw.storage?.options ?? {}).map(([key, value]) => [key.toLowerCase(), String(value)] as const);
  return {
    source,
    repository: raw.repository,
    passwordCommand: raw["password-command"],
    passwordFile: raw["password-file"],
    backup: backupOf(raw.backup ?? {}),
    keep: raw.keep === undefined ? undefined : keepOf(raw.keep, source),
    recovery: raw.recovery === undefined || source === undefined ? DEFAULT_RECOVERY : readRecovery(raw.recovery, source),
    series: seriesOf(raw.series ?? {}, source),
    provider: raw.storage?.provider,
    region: raw.storage?.region,
    storageOptions: Object.fromEntries(options),
  };
}

function backupOf(raw: NonNullable<RawConfig["backup"]>): BackupConfig {
  return {
    paths: raw.paths ?? [],
    exclude: raw.exclude ?? [],
    iexclude: raw.iexclude ?? [],
    excludeFile: raw["exclude-file"] ?? [],
    iexcludeFile: raw["iexclude-file"] ?? [],
    excludeIfPresent: raw["exclude-if-present"] ?? [],
    excludeCaches: raw["exclude-caches"] ?? false,
    excludeLargerThan: raw["exclude-larger-than"] === undefined ? undefined : String(raw["exclude-larger-than"]),
    filesFrom: raw["files-from"] ?? [],
    oneFileSystem: raw["one-file-system"] ?? false,
    tags: raw.tags ?? [],
    host: raw.host,
  };
}

function keepOf(raw: RawKeep, source: YamlSource | undefined): KeepPolicy {
  if (Object.keys(raw).length === 0)
    throw fail(source, ["keep"], "keep says nothing", "leave it out to keep everything, or write for example `daily: 30`");
  const count = (value: RawKeep["last"]): number => (value === "all" || value === "unlimited" ? UNLIMITED : (value ?? 0));
  const within = (key: keyof RawKeep & `within${string}`): Duration | undefined => {
    const text = raw[key];
    return text === undefined ? undefined : located(source, ["keep", key], () => parseDuration(text, key));
  };
  const windows = PERIODS.flatMap((period) => {
    const duration = within(`within-${period}`);
    return duration === undefined ? [] : [[period, duration] as const];
  });
  return {
    ...KEEP_NOTHING,
    last: count(raw.last),
    hourly: count(raw.hourly),
    daily: count(raw.daily),
    weekly: count(raw.weekly),
    monthly: count(raw.monthly),
    yearly: count(raw.yearly),
    within: within("within"),
    withinPeriod: Object.fromEntries(windows),
    tags: (raw.tags ?? []).map((list) => list.split(",")),
  };
}

const SERIES_KEYS: readonly SeriesKey[] = ["host", "paths", "tags"];

function seriesOf(raw: NonNullable<RawConfig["series"]>, source: YamlSource | undefined): SeriesOptions {
  const names = raw.by?.flatMap((text) => text.split(",")).map((name) => name.trim()) ?? DEFAULT_SERIES.by;
  const by = names.map((name) => {
    const key = SERIES_KEYS.find((known) => known === name || `${name}s` === known);
    if (key === undefined)
      throw fail(source, ["series", "by"], `series.by: ${JSON.stringify(name)} is unknown`, `use any of ${SERIES_KEYS.join(", ")}`);
    return key;
  });
  const retire = raw["retire-after"];
  if (retire === undefined || retire === "never") return { by, retireAfter: undefined };
  const retireAfter = located(source, ["series", "retire-after"], () => parseDuration(retire, "retire-after"));
  if (isZeroDuration(retireAfter) || Object.values(retireAfter).some((part: number) => part < 0)) {
    throw fail(
      source,
      ["series", "retire-after"],
      `retire-after: ${JSON.stringify(retire)} would end every series at once`,
      "write a time such as 90d, or never",
    );
  }
  return { by, retireAfter };
}

function located<T>(source: YamlSource | undefined, path: readonly (string | number)[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FirnError) throw fail(source, path, error.message, error.hint);
    throw error;
  }
}

function fail(source: YamlSource | undefined, path: readonly (string | number)[], message: string, hint?: string): FirnError {
  return source?.fail(path, message, hint) ?? new FirnError({ code: "config", message, hint });
}
