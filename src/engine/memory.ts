/**
 * What a model remembers of every sequence, over all its stages: states as values, and how far each sequence has read,
 * where that is counted.
 */
import type { ModelState } from '../generation/model-state.ts';
import type { Architecture, LayerMemory } from './architecture.ts';
import type { Chunk } from './chunks.ts';
import { OutOfContextError } from './errors.ts';
import type { Stage } from './stage.ts';

export class Memory {
  readonly #architecture: Architecture;
  readonly #stages: readonly Stage[];
  /** Tokens read. */
  readonly #positions: Uint32Array;

  constructor(architecture: Architecture, stages: readonly Stage[], sequences: number) {
    this.#architecture = architecture;
    this.#stages = stages;
    this.#positions = new Uint32Array(sequences);
  }

  /** The state of one sequence, as a value. */
  async read(sequence: number): Promise<ModelState> {
    const position = this.#positions[sequence]!;
    const layers: LayerMemory[] = [];
    for (const { run } of this.#stages) layers.push(...(await run.readStates(sequence, position)));
    return this.#architecture.stateOf(layers, position);
  }

  /** @throws RangeError when the state is not one of this config */
  write(sequence: number, state: ModelState): void {
    const { layers, position } = this.#architecture.layersOf(state);
    this.#expectWithin(position, 0);
    for (const { run, from, to } of this.#stages) run.writeStates(sequence, layers.slice(from, to), position);
    this.#positions[sequence] = position;
  }

  /** The state before the first token. */
  clear(sequence: number): void {
    for (const { run } of this.#stages) run.clearStates(sequence);
    this.#positions[sequence] = 0;
  }

  /** A way back: where nothing but positions tells what was read, those; else the states. */
  async snapshot(): Promise<() => void> {
    if (this.#architecture.positions !== undefined) {
      const before = this.#positions.slice();
      return () => this.#positions.set(before);
    }
    const states: ModelState[] = [];
    for (const s of this.#positions.keys()) states.push(await this.read(s));
    return () => {
      for (const [s, state] of states.entries()) this.write(s, state);
    };
  }

  /** @throws OutOfContextError when a list is longer than what is left of its sequence's positions */
  expectRoom(lists: readonly ArrayLike<number>[]): void {
    for (const [s, { length }] of lists.entries()) this.#expectWithin(this.#positions[s]!, length);
  }

  /** Before a chunk is enqueued. */
  begin({ ids, bounds }: Chunk): void {
    if (this.#architecture.positions === undefined) return;
    const rows = new Uint32Array(ids.length);
    for (const [s, start] of this.#positions.entries()) {
      for (let t = bounds[2 * s]!; t < bounds[2 * s + 1]!; t++) rows[t] = start + t - bounds[2 * s]!;
    }
    for (const { run } of this.#stages) run.place?.(this.#positions.slice(), rows);
  }

  /** After it. */
  advance({ bounds }: Chunk): void {
    for (const s of this.#positions.keys()) this.#positions[s]! += bounds[2 * s + 1]! - bounds[2 * s]!;
  }

  #expectWithin(read: number, more: number): void {
    const { positions = Infinity } = this.#architecture;
    if (read + more <= positions) return;
    const expected = `at most ${positions} tokens in all (the context)`;
    throw new OutOfContextError(`out of context: expected ${expected}, got ${read} read + ${more} more`);
  }
}
