/** Exit codes of the command line; the first group is restic's own. */
export const EXIT = {
  ok: 0,
  error: 1,
  crash: 2,
  incomplete: 3,
  noRepository: 10,
  locked: 11,
  wrongPassword: 12,
  /** Something archived is needed first: a thaw was priced, requested or is under way. */
  needsThaw: 20,
  interrupted: 130,
} as const;

export interface ErrorFacts {
  /** Stable, kebab-case; scripts may test for it. */
  readonly code: string;
  /** One line: what happened, to which object, which check failed. */
  readonly message: string;
  /** What the user does next. */
  readonly hint?: string | undefined;
  readonly exitCode?: number | undefined;
  /** True when the same call may succeed later unchanged (throttling, a dropped connection). */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** Every failure Firnline reports on purpose. A meaning that callers tell apart gets a subclass in the room that throws it. */
export class FirnError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
  readonly retryable: boolean;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.code = facts.code;
    this.hint = facts.hint;
    this.exitCode = facts.exitCode ?? EXIT.error;
    this.retryable = facts.retryable ?? false;
  }
}

/** Stored bytes that fail a check. `object` is the path in the repository, `check` the check that failed. */
export class CorruptError extends FirnError {
  readonly object: string;
  readonly check: string;
  readonly offset: number | undefined;

  constructor(facts: { object: string; check: string; offset?: number; hint?: string; cause?: unknown }) {
    const at = facts.offset === undefined ? "" : ` at offset ${facts.offset}`;
    super({
      code: "corrupt",
      message: `${facts.object}${at}: ${facts.check}`,
      hint: facts.hint ?? "run `firn check --read-data` to list everything that is damaged",
      cause: facts.cause,
    });
    this.object = facts.object;
    this.check = facts.check;
    this.offset = facts.offset;
  }
}

/** The message of anything thrown, for a report line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
