/** Lets work go on while what is under way stays below so many bytes; a single piece may be larger than all of it. */
export class ByteGate {
  readonly #max: number;
  #under = 0;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** First come, first served. */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      await new Promise<void>((enter) => void this.#waiting.push({ bytes, enter }));
    } else this.#under += bytes;
    try {
      return await work();
    } finally {
      this.#under -= bytes;
      this.#admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#under === 0 || this.#under + bytes <= this.#max;
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#under += next.bytes;
      next.enter();
    }
  }
}
