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
/** Memory for a key's derivation beyond that of one lane (32 MiB for common keys): lanes are carried out side by side. */
export const SCRYPT_EXTRA_BYTES_MAX = 64 * MIB;
/** How often a person may type the password. */
export const PASSWORD_TRIES = 3;

// --- locks ---
export const LOCK_SETTLE_MS = 200;
export const LOCK_REFRESH_MS = 5 * 60_000;
/** Pauses between scans that meet an unreadable lock file. */
export const LOCK_SCAN_PAUSES_MS = [5_000, 10_000, 20_000] as const;
export const LOCK_RETRY_FIRST_MS = 5_000;
export const LOCK_RETRY_CEILING_MS = 60_000;
/** How often a holder looks whether it is time to refresh. */
export const LOCK_TICK_MS = 60_000;
/** Removing a lock at the end may take so long, whatever the store's retries would like. */
export const LOCK_RELEASE_MAX_MS = 60_000;
export const LOCK_STALE_MS = 30 * 60_000;
export const LOCK_REFRESH_GIVE_UP_MS = 22.5 * 60_000;

// --- stores ---
export const LOCAL_CONNECTIONS = 2;
/** Files looked at together while a folder is listed. */
export const LOCAL_STAT_BATCH = 64;
export const S3_CONNECTIONS = 5;
export const RETRY_FIRST_MS = 1_000;
export const RETRY_CEILING_MS = 60_000;
export const RETRY_TOTAL_MS = 15 * 60_000;
export const MULTIPART_ABOVE = 200 * MIB;
export const MULTIPART_PART = 64 * MIB;
export const COPY_SINGLE_MAX = 5 * GIB;
export const COPY_PART = 1 * GIB;
export const S3_CONNECT_TIMEOUT_MS = 10_000;
/** A connection that moves no byte for so long is given up. */
export const S3_IDLE_TIMEOUT_MS = 2 * 60_000;
export const S3_SOCKETS_MAX = 64;
/** Until one call has succeeded a typo is likelier than an outage, so patience is short. */
export const RETRY_FIRST_CONTACT_MS = 30_000;

// --- reading packs ---
export const RANGE_GAP_MAX = 1 * MIB;
export const RANGE_REQUEST_MAX = 32 * MIB;

// --- pipeline ---
/** Packs with trees that a walking thread keeps open while it reads the parent's. */
export const OPEN_TREE_PACKS_MAX = 16;
/** Entries a walking thread looks at before it listens for orders; half a millisecond. */
export const WALK_ENTRIES_A_STEP = 256;
/** Directories that are given to another thread at once. */
export const WALK_GIVEN_MAX = 256;
/** Threads that read, hash, compress and encrypt. */
export const WORKERS_MAX = 16;
/** Blobs are encrypted and decrypted so many bytes at a time, through memory that stays in the processor's cache. */
export const CIPHER_PIECE = 128 * KIB;
/** Below so many bytes the garbage collector is the cheaper way to be rid of a buffer. */
export const GIVE_UP_ABOVE = 4 * KIB;
/** Memory for passing results is kept up to here, a little above the largest chunk; larger results get memory of their own. */
export const SCRATCH_MAX = 9 * MIB;
/** Memory beyond the largest chunk in which a file is looked through for chunks. */
export const CHUNKER_READ_AHEAD = 2 * MIB;
/** V8's nursery in the main thread grows no more once it has come to so many bytes, which is looked at so often. */
export const NURSERY_BYTES = 8 * MIB;
export const NURSERY_LOOK_MS = 25;
/** V8's nursery in each thread of a backup: their objects are few and die young, and three times this is kept. */
export const WORKER_YOUNG_MIB = 2;
/** Packs of a type that a thread fills at once. */
export const THREAD_OPEN_PACKS = 2;
/** Random bytes are asked for so many at a time. */
export const IV_PAGE = 4096;
/** Ring of memory in which a large file is read, cut and worked on by several threads. */
export const LARGE_FILE_RING = 16 * MIB;
/** A large file is read so many bytes at a time: little enough to be in the processor's cache still when it is searched. */
export const LARGE_FILE_READ = 1 * MIB;
/** Chunks of one large file that may be cut and not yet stored. */
export const CHUNKS_AHEAD_MAX = 32;
/** How often the main thread tells what its threads have done so far, and threads what they are at. */
export const PROGRESS_MS = 100;
/** Work in the main thread lets others through so often. */
export const BREATH_MS = 5;
/** Events a thread sends together. */
export const EVENTS_AT_ONCE = 256;
/** New blobs of one run that are remembered so that they are stored once: reserved, and used at 40 bytes for each. */
export const CLAIMS_MAX = 1 << 26;

// --- cache and packer ---
/** A repository's local cache that nobody used for so long is stale (restic-format §16.1). */
export const CACHE_STALE_MS = 30 * 24 * 60 * 60_000;
/** An index image that was begun so long ago and is not finished never will be. */
export const CACHE_IMAGE_ABANDONED_MS = 60 * 60_000;
/** Bytes of finished packs that may wait for the store; at least one pack always may. */
export const UPLOAD_BYTES_MAX = 96 * MIB;
/** Tree packs kept in memory while trees are read; two or three of the usual size. */
export const TREE_PACK_MEMORY_MAX = 48 * MIB;
/** Index and snapshot files read at once, as a multiple of the store's connections; they are small, so latency rules. */
export const LOAD_WIDTH_FACTOR = 2;
/** Plaintext of an index, snapshot or lock file. */
export const UNPACKED_MAX = 1 * GIB;
/** JSON text does not shrink further than this; a frame that claims so is not believed before it is read. */
export const UNPACKED_EXPANSION_MAX = 64;

/** A larger file of snapshots in the cache is not read; a snapshot takes some hundred bytes. */
export const SNAPSHOT_SHELF_MAX = 256 * MIB;
/** The index image is sealed and read so many bytes at a time. */
export const INDEX_IMAGE_PIECE = 1 * MIB;
/** What reading an index file costs, for the file and for each of its blobs, and a blob in an image; in microseconds. */
export const INDEX_FILE_COST_US = 500;
export const INDEX_BLOB_COST_US = 0.6;
export const INDEX_IMAGE_BLOB_COST_US = 0.15;
/** An image is written when it saves at least so much, and would have paid for itself after so many uses. */
export const INDEX_IMAGE_SAVES_US = 20_000;
export const INDEX_IMAGE_USES = 5;
/** Bytes of an index file for each of its blobs, about and at least; of the hexadecimal id alone 32 remain. */
export const INDEX_BYTES_PER_BLOB = 40;
export const INDEX_BYTES_PER_BLOB_MIN = 36;
export const INDEX_BYTES_PER_PACK_MIN = 70;

// --- tiering ---
/** A series without a new snapshot for so long is named in plans. */
export const TIER_IDLE_AFTER_MS = 30 * 86_400_000;
/** Rules and pattern components are kept as bits of one number. */
export const TIER_RULES_MAX = 28;
export const TIER_PATTERN_COMPONENTS_MAX = 28;
/** Trees asked for at once while liveness is computed. */
export const TIER_TREES_AT_ONCE = 16;
/** How far ahead costs are compared: beyond this a class that is cheaper by the month has won. */
export const TIER_HORIZON_MS = 3 * 365 * 86_400_000;
/** Simulated backups of one series while its `keep` policy is run ahead. */
export const TIER_SIMULATED_BACKUPS_MAX = 1_200;
/** Decoded trees kept between the walks of one plan (files and folders counted). */
export const TIER_TREE_CACHE_ENTRIES = 400_000;
/** Current data is taken to stay current at least so long more. */
export const TIER_CURRENT_LIFE_MIN_MS = 30 * 86_400_000;
/** Share of the stored bytes taken to be restored in a year, where a plan weighs classes by what reading them costs. */
export const TIER_RESTORED_PER_YEAR = 0.05;
/** Days a thawed copy is asked for, when nobody says otherwise. */
export const THAW_DAYS_DEFAULT = 3;
/** A temporary copy that ends sooner than this is not relied on. */
export const THAW_MARGIN_MS = 60 * 60_000;
/** Between two looks at what has thawed. */
export const THAW_POLL_MS = 10 * 60_000;
/** Restore requests at once; S3 takes about a thousand a second for an account. */
export const THAW_REQUESTS_AT_ONCE = 16;

// --- restore and check ---
/** Below so many bytes a worker thread would take longer to start than to work. */
export const RESTORE_WORKER_BYTES_MIN = 8 * MIB;
export const CHECK_WORKER_BYTES_MIN = 8 * MIB;
/** Bytes of a pack that are read together when all of it is checked; a longer blob is read whole. */
export const CHECK_PIECE_BYTES = 1 * MIB;
/** Packs held in memory at once by `check --read-data` where they do not lie in files: four of the usual size. */
export const CHECK_PACKS_IN_FLIGHT_BYTES = 80 * MIB;
/** Bytes of one part of a pack where threads read the files themselves: small, so that none is left with a large one at the end. */
export const RESTORE_LOCAL_PART = 4 * MIB;
/** What a thread reads of a pack file at once. */
export const RESTORE_READ_WINDOW = 512 * KIB;
/** Bytes of packs that may be on their way from a store to the files. */
export const RESTORE_READ_BYTES_AHEAD = 64 * MIB;
/** Requests' worth of pack bytes fetched ahead of the workers, beyond the store's connections. */
export const RESTORE_READS_AHEAD = 1;
/** V8's nursery in each worker of a crew; hardly anything but a job's list of files lives in it (12 MiB cost 10 MB more and no time). */
export const CREW_YOUNG_MIB = 4;
/** Files a worker keeps open while it writes the blobs of one request. */
export const RESTORE_OPEN_FILES_MAX = 64;
/** Files per message where there is no pack to fetch: metadata, empty files. */
export const RESTORE_BATCH_FILES = 256;
/** `tier apply` holds the exclusive lock for at most a minute at a time. Of that slice, the part in which new class changes are started; the rest is for those under way, for LIST and for unlocking. */
export const TIER_SLICE_START_MS = 40_000;
/** Between two slices, so that a waiting backup gets its turn. */
export const TIER_SLICE_PAUSE_MS = 5_000;
/** How long a later slice waits for whoever took the lock in between. */
export const TIER_SLICE_WAIT_MS = 15 * 60_000;
/** Blobs for which `tier verify` looks up a path; beyond that it only counts. */
export const TIER_OFFENDERS_NAMED = 10_000;

// --- prune ---
/** Trees fetched together while looking for what is in use. */
export const PRUNE_TREES_AT_ONCE = 16;
/** Fewer small packs than this are left alone, so that the last one of every run is not written again and again (restic-format §13). */
export const PRUNE_SMALL_PACKS_MIN = 10;
/** Packs read together while repacking; each holds up to one request's bytes. */
export const PRUNE_PACKS_AT_ONCE = 3;

// --- demo ---
/** What the demo copies of a tree at most: it backs all of it up 365 times in half a minute. */
export const DEMO_FILES_MAX = 240;
export const DEMO_BYTES_MAX = 32 * MIB;
