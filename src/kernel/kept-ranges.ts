/** Places in a ring that are in use, in the order in which they were filled; given back in any order. */
export class KeptRanges {
  private readonly offsets: number[] = [];
  private readonly released = new Set<number>();

  /** Where the oldest one begins that is still in use. */
  get first(): number | undefined {
    return this.offsets[0];
  }

  add(offset: number): void {
    if (this.offsets.includes(offset)) throw new RangeError(`kept twice: ${offset}`);
    this.offsets.push(offset);
  }

  remove(offset: number): void {
    if (!this.offsets.includes(offset) || this.released.has(offset)) throw new RangeError(`not kept: ${offset}`);
    this.released.add(offset);
    while (this.offsets.length > 0 && this.released.delete(this.offsets[0]!)) this.offsets.shift();
  }
}
