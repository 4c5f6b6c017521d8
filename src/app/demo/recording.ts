import type { CountItem, Icebox } from "icebox";

/** Something that was stored, deleted or asked for in the year, whatever rules the bucket has. */
export type Recorded =
  | { readonly kind: "put"; readonly at: number; readonly key: string; readonly size: number }
  | { readonly kind: "remove"; readonly at: number; readonly key: string }
  | {
      readonly kind: "charge";
      readonly at: number;
      readonly line: { readonly item: CountItem; readonly class: string; readonly tier: string | undefined; readonly quantity: number };
    };

/** What the same backups would do under any rules: taken down from the bucket as the year goes, tiering left out. */
export class Recording {
  readonly events: Recorded[] = [];
  /** Packs stored in the year. */
  packs = 0;
  readonly #icebox: Icebox;
  readonly #bucket: string;
  readonly #sizes = new Map<string, number>();
  #counted = new Map<string, number>();

  constructor(icebox: Icebox, bucket: string) {
    this.#icebox = icebox;
    this.#bucket = bucket;
  }

  /** Takes down what came, what went and what was asked for since the last look. */
  note(): void {
    const now = this.#icebox.clock.now();
    const there = new Map(this.#icebox.objects(this.#bucket).map((object) => [object.key, object]));
    const came = [...there.values()].filter(({ key }) => !this.#sizes.has(key)).sort((a, b) => a.lastModified - b.lastModified);
    for (const { key, size, lastModified } of came) {
      this.events.push({ kind: "put", at: lastModified, key, size });
      this.#sizes.set(key, size);
      if (key.startsWith("data/")) this.packs++;
    }
    for (const key of this.#sizes.keys()) {
      if (there.has(key)) continue;
      this.events.push({ kind: "remove", at: now, key });
      this.#sizes.delete(key);
    }
    for (const line of this.#countsSince()) this.events.push({ kind: "charge", at: now, line });
  }

  /** What was asked for since the last look was tiering, and is not taken down. */
  skip(): void {
    this.#countsSince();
  }

  #countsSince() {
    const before = this.#counted;
    this.#counted = new Map();
    return this.#icebox.ledger().lines.flatMap(({ item, class: storageClass, tier, quantity, unit }) => {
      if (unit !== "request") return [];
      const name = `${item}|${storageClass}|${tier ?? ""}`;
      this.#counted.set(name, quantity);
      const more = quantity - (before.get(name) ?? 0);
      return more === 0 ? [] : [{ item: item as CountItem, class: storageClass, tier, quantity: more }];
    });
  }
}
