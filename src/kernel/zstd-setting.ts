/** How hard zstd tries: a level, and what is set apart from it. Numbers as the library has them. */
export interface ZstdSetting {
  readonly level: number;
  readonly windowLog?: number;
  readonly hashLog?: number;
  readonly chainLog?: number;
  readonly minMatch?: number;
  readonly strategy?: number;
}

export type CompressionLevel = "fastest" | "auto" | "better" | "max";

const FAST = 1;
const DOUBLE_FAST = 2;

/** 8 MiB, the widest window every reader of the format takes (restic-format §2.1). */
const WINDOW_LOG_MAX = 23;
/** Below this, matches of 5 bytes are worth their time. */
const SMALL = 64 * 1024;
/** From here on blobs are chunks of large files: programs, images of disks, archives. */
const LARGE = 512 * 1024;

const FASTEST: ZstdSetting = { level: 1 };
const BETTER: ZstdSetting = { level: 7 };
const MAX: ZstdSetting = { level: 19 };
/**
 * What zstd's level 3 does, but with tables that stay in the nearest caches and longer matches only; and one table instead of two for
 * small files. An eighth of the bench's tree (967 MB in 65,498 blobs) is compressed and decompressed in 0.62 s, at level 3 in 0.71 s,
 * and 1.9 % more is left, 3.6 % for machine code; level 2 would be no faster on either and leave 0.4 to 0.9 % more.
 * A repository of the tree takes 1.006 times what restic 0.19.1 stores, one of /usr/bin and the libraries 1.007 times.
 */
const AUTO_SMALL: ZstdSetting = { level: 1, strategy: FAST, hashLog: 15, minMatch: 5 };
const AUTO_MIDDLE: ZstdSetting = { level: 1, strategy: FAST, hashLog: 16, minMatch: 6 };
const AUTO_LARGE: ZstdSetting = { level: 3, strategy: DOUBLE_FAST, hashLog: 16, chainLog: 15, minMatch: 6 };

export function settingOf(level: CompressionLevel, length: number): ZstdSetting {
  switch (level) {
    case "fastest":
      return FASTEST;
    case "auto":
      return length < SMALL ? AUTO_SMALL : length < LARGE ? AUTO_MIDDLE : AUTO_LARGE;
    case "better":
      return BETTER;
    case "max":
      return { ...MAX, windowLog: Math.min(WINDOW_LOG_MAX, Math.max(10, bitLength(length))) };
  }
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
