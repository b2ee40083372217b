/**
 * Free stretches of memory, in order of their addresses: neighbours become one, so that room that was given back in small pieces
 * can be taken as a large one.
 */
export class FreeStretches {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Adds a stretch. */
  add(start: number, end: number): void {
    const at = this.#after(start);
    const joinsBefore = at > 0 && this.#ends[at - 1] === start;
    const joinsAfter = this.#starts[at] === end;
    if (joinsBefore && joinsAfter) {
      this.#ends[at - 1] = this.#ends[at] as number;
      this.#remove(at);
    } else if (joinsBefore) this.#ends[at - 1] = end;
    else if (joinsAfter) this.#starts[at] = start;
    else {
      this.#starts.splice(at, 0, start);
      this.#ends.splice(at, 0, end);
    }
  }

  /** Takes `size` bytes from the smallest stretch that has room for them. @returns their address, or null */
  take(size: number): number | null {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#starts.length && least > size; i++) {
      const length = (this.#ends[i] as number) - (this.#starts[i] as number);
      if (length < size || length >= least) continue;
      best = i;
      least = length;
    }
    if (best < 0) return null;
    const start = this.#starts[best] as number;
    if (least === size) this.#remove(best);
    else this.#starts[best] = start + size;
    return start;
  }

  /** Takes the stretch that ends at `end` out. @returns where it starts, or `end` where there is none */
  takeLast(end: number): number {
    const last = this.#ends.length - 1;
    if (this.#ends[last] !== end) return end;
    const start = this.#starts[last] as number;
    this.#remove(last);
    return start;
  }

  #remove(at: number): void {
    this.#starts.splice(at, 1);
    this.#ends.splice(at, 1);
  }

  /** The first stretch behind an address. */
  #after(address: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
