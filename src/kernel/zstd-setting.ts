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

/** 8 MiB, the widest window every reader of the format takes (restic-format §2.1). */
const WINDOW_LOG_MAX = 23;
/** Below this, matches of 5 bytes are worth their time. */
const SMALL = 64 * 1024;

const FASTEST: ZstdSetting = { level: 1 };
const BETTER: ZstdSetting = { level: 7 };
const MAX: ZstdSetting = { level: 19 };
/**
 * Longer matches only, in a table of 128 or 256 KiB. A fifth of the bench's tree (967 MB in 65,498 blobs) is compressed and decompressed in
 * 0.98 s; level 3 took 1.11 s and left 2.7 % less, level 2 took 1.03 s and left 0.3 % less. The tree's repository takes 389.9 MB,
 * restic's 385.2 MB.
 */
const AUTO_SMALL: ZstdSetting = { level: 1, strategy: FAST, hashLog: 15, minMatch: 5 };
const AUTO: ZstdSetting = { level: 1, strategy: FAST, hashLog: 16, minMatch: 6 };

export function settingOf(level: CompressionLevel, length: number): ZstdSetting {
  switch (level) {
    case "fastest":
      return FASTEST;
    case "auto":
      return length < SMALL ? AUTO_SMALL : AUTO;
    case "better":
      return BETTER;
    case "max":
      return { ...MAX, windowLog: Math.min(WINDOW_LOG_MAX, Math.max(10, bitLength(length))) };
  }
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
