/** What a nursery has to know of a storage. */
interface Newborn {
  readonly bytes: number;
  /** Has the garbage collector give the block back, unless somebody did. */
  register(): void;
}

/** So many at most, and of so many bytes. */
const PLACES = 256;
const BYTES = 8 * 2 ** 20;

/**
 * The storages that were left to the garbage collector last. Registering with it costs more than a small kernel, and what is
 * registered outlives minor collections. Most storages are given back before the collector need know of them; those that are not are
 * registered when they leave.
 */
export class Nursery {
  readonly #places = new Array<Newborn | null>(PLACES).fill(null);
  #oldest = 0;
  #count = 0;
  #bytes = 0;

  add(storage: Newborn): void {
    if (this.#count === PLACES) this.#leave();
    this.#places[(this.#oldest + this.#count) % PLACES] = storage;
    this.#count++;
    this.#bytes += storage.bytes;
    while (this.#bytes > BYTES) this.#leave();
  }

  /** Has all of them registered. */
  empty(): void {
    while (this.#count > 0) this.#leave();
  }

  #leave(): void {
    const storage = this.#places[this.#oldest] as Newborn;
    this.#places[this.#oldest] = null;
    this.#oldest = (this.#oldest + 1) % PLACES;
    this.#count--;
    this.#bytes -= storage.bytes;
    storage.register();
  }
}
