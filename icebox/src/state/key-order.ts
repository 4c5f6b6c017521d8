/** Keys are listed in the order of their UTF-8 bytes, which is not UTF-16's: surrogates sort after U+E000 to U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** A sorted map from key to value; good for up to some hundred thousand keys. */
export class KeyMap<T> {
  readonly #values = new Map<string, T>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    if (!this.#values.has(key)) this.#keys.splice(this.firstIndex(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.firstIndex(key), 1);
  }

  keyAt(index: number): string | undefined {
    return this.#keys[index];
  }

  keys(): string[] {
    return [...this.#keys];
  }

  values(): T[] {
    return this.#keys.map((key) => this.#values.get(key)!);
  }

  /** Index of the first key that is not before `key`. */
  firstIndex(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys(this.#keys[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
