import type { RuleSet } from "./rule-state.ts";

/**
 * What liveness knows of a blob, shared by all blobs of equal history (there are few histories and many blobs): for each rule
 * the first snapshot, in the order walked, in which one of its references matched; the same for any reference at all; and
 * which sets of rules its references matched.
 */
export interface Profile {
  /** Place in the walked order, by rule; -1: never. The last entry is for "any reference". */
  readonly first: readonly number[];
  /** Distinct rule sets of single references; only kept when no rule matches everything. */
  readonly sets: readonly RuleSet[];
}

/** Blobs by id with the number of their profile; profiles are interned. */
export class ProfileTable {
  readonly profiles: Profile[] = [];
  readonly #rules: number;
  readonly #keepSets: boolean;
  readonly #blobs = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  readonly #steps = new Map<string, number>();
  readonly #have: RuleSet[] = [];

  constructor(rules: number, keepSets: boolean) {
    this.#rules = rules;
    this.#keepSets = keepSets;
    this.#intern({ first: Array.from({ length: rules + 1 }, () => -1), sets: [] });
  }

  /** Records a reference met at place `at`; places only grow. */
  meet(blob: string, at: number, matched: RuleSet): void {
    const before = this.#blobs.get(blob);
    const from = before ?? 0;
    // The usual case: nothing new about this blob.
    if (before !== undefined && (this.#have[from]! & matched) === matched && this.#knowsSet(from, matched)) return;
    const key = `${from}:${at}:${matched}`;
    let to = this.#steps.get(key);
    if (to === undefined) {
      to = this.#intern(this.#extend(this.profiles[from]!, at, matched));
      this.#steps.set(key, to);
    }
    this.#blobs.set(blob, to);
  }

  /** Number of the blob's profile, or undefined when nothing refers to it. */
  numberOf(blob: string): number | undefined {
    return this.#blobs.get(blob);
  }

  get size(): number {
    return this.#blobs.size;
  }

  blobs(): Iterable<[string, number]> {
    return this.#blobs;
  }

  #knowsSet(profile: number, matched: RuleSet): boolean {
    return !this.#keepSets || this.profiles[profile]!.sets.includes(matched);
  }

  #extend(profile: Profile, at: number, matched: RuleSet): Profile {
    const everything = matched | (1 << this.#rules);
    const first = profile.first.map((known, r) => (known === -1 && (everything & (1 << r)) !== 0 ? at : known));
    const sets = this.#keepSets && !profile.sets.includes(matched) ? [...profile.sets, matched].sort((a, b) => a - b) : profile.sets;
    return { first, sets };
  }

  #intern(profile: Profile): number {
    const key = `${profile.first.join()};${profile.sets.join()}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.profiles.push(profile) - 1;
      this.#numbers.set(key, number);
      this.#have.push(profile.first.reduce((set, at, r) => (r < this.#rules && at !== -1 ? set | (1 << r) : set), 0));
    }
    return number;
  }
}
