/**
 * Seeded choices for problems: a stream of Philox words. The same seed gives the same problem on every machine.
 */
import { philox4x32 } from '../generation/philox.ts';

/** Values lie on the grid k/8 times one of these; two of them make every product round. */
const magnitudes = [1, 1, 0.3, 1 / 64, 50];

export class Random {
  readonly #seed: number;
  #drawn = 0;
  #words: readonly number[] = [];

  /** @param seed an integer in 0…2³² − 1 */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** An integer in 0…2³² − 1. */
  word(): number {
    const place = this.#drawn++ % 4;
    if (place === 0) this.#words = philox4x32([(this.#drawn - 1) / 4, 0, 0, 1], [this.#seed, 0]);
    return this.#words[place]!;
  }

  /** An integer in least…most. */
  integer(least: number, most: number): number {
    return least + Math.floor((this.word() / 2 ** 32) * (most - least + 1));
  }

  boolean(): boolean {
    return this.integer(0, 1) === 1;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!;
  }

  /** A size in least…most, two times out of three beside a multiple of four lanes or a power of two. */
  size(most: number, least = 0): number {
    const edges = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65].filter((n) => n >= least && n <= most);
    if (edges.length === 0 || this.integer(0, 2) === 0) return this.integer(least, Math.max(least, most));
    return this.pick(edges);
  }

  magnitude(): number {
    return this.pick(magnitudes);
  }

  /** `length` float32, k/8·magnitude with |k| ≤ 16. */
  floats(length: number, magnitude = this.magnitude()): Float32Array {
    return Float32Array.from({ length }, () => (this.integer(-16, 16) / 8) * magnitude);
  }

  /** The same, or nothing. */
  maybeFloats(length: number, magnitude?: number): Float32Array | undefined {
    return this.boolean() ? this.floats(length, magnitude) : undefined;
  }

  /** `length` integers in 0…below − 1. */
  indices(length: number, below: number): Uint32Array {
    return Uint32Array.from({ length }, () => this.integer(0, below - 1));
  }

  /** Unused columns before and behind the rows of each view. */
  gaps(...views: readonly string[]): Readonly<Record<string, readonly [number, number]>> {
    return Object.fromEntries(views.map((view) => [view, this.boolean() ? [0, 0] : this.#gap()]));
  }

  /** Bounds of one to four sequences that lie end to end in `seqLen` rows; some may be empty. */
  cuSeqlens(seqLen: number): number[] {
    const inner = Array.from({ length: this.integer(0, 3) }, () => this.integer(0, seqLen));
    return [0, ...inner.toSorted((a, b) => a - b), seqLen];
  }

  #gap(): readonly [number, number] {
    return [this.integer(0, 5), this.integer(0, 5)];
  }
}
