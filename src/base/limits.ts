/** Every buffer, queue, retry and fan-out has its bound here, so that memory and patience can be reasoned about in one place. */

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

// --- format (restic-format §3, §4, §5) ---
export const PACK_SIZE_MIN_MIB = 4;
export const PACK_SIZE_DEFAULT_MIB = 16;
export const PACK_SIZE_MAX_MIB = 128;
export const PACK_HEADER_MAX = 16 * MIB;
export const INDEX_FULL_BLOBS = 50_000;
export const INDEX_OVERSIZED_EXTRA_BLOBS = 409_199;
export const INDEX_MAX_AGE_MS = 10 * 60_000;
export const KEY_TRIES_MAX = 20;

// --- locks ---
export const LOCK_SETTLE_MS = 200;
export const LOCK_REFRESH_MS = 5 * 60_000;
export const LOCK_STALE_MS = 30 * 60_000;
export const LOCK_REFRESH_GIVE_UP_MS = 22.5 * 60_000;
/** `tier apply` gives the exclusive lock back at least this often. */
export const TIER_LOCK_SLICE_MS = 60_000;

// --- stores ---
export const LOCAL_CONNECTIONS = 2;
export const S3_CONNECTIONS = 5;
export const RETRY_FIRST_MS = 1_000;
export const RETRY_CEILING_MS = 60_000;
export const RETRY_TOTAL_MS = 15 * 60_000;
export const MULTIPART_ABOVE = 200 * MIB;
export const MULTIPART_PART = 64 * MIB;
export const COPY_SINGLE_MAX = 5 * GIB;

// --- reading packs ---
export const RANGE_GAP_MAX = 1 * MIB;
export const RANGE_REQUEST_MAX = 32 * MIB;

// --- pipeline ---
export const READ_CONCURRENCY_DEFAULT = 2;
