/**
 * Several tokens a submission: a device that answers slowly but computes quickly chooses its tokens itself. One compiled
 * chain reads a token of every sequence, chooses the next ones by Gumbel-max, reads them, and so on.
 */
import type { AheadChoice } from '../generation/language-model.ts';
import { LogitsError } from '../generation/sampler.ts';
import type { Backend, Cell, Plan } from './backend.ts';
import { viewOf } from './backend.ts';
import type { StepParts } from './step-chain.ts';
import { carriedCells, enqueueToken, writeBounds } from './step-chain.ts';

/** Tokens a submission: at four milliseconds each, Ctrl-C and a page's frames wait less than 100 ms. */
export const tokensAhead = 16;

/** Low enough to lose against any logit; a shader need not know infinities. */
const never = -3e38;

export class WriteAhead {
  readonly #plan: Plan;
  readonly #backend: Backend;
  readonly #cells: WriteAheadCells;

  private constructor(backend: Backend, plan: Plan, cells: WriteAheadCells) {
    this.#backend = backend;
    this.#plan = plan;
    this.#cells = cells;
  }

  /**
   * Compiles it: takes seconds, and copies of the weights on the device.
   * @param size ids from here on are never chosen
   * @param greedy without noise, which is large to send
   */
  static async create(parts: StepParts, size: number, greedy: boolean): Promise<WriteAhead> {
    const { stage, config, sequences } = parts;
    const { backend } = stage;
    const cells = makeCells(backend, sequences, config.vocabSize, greedy);
    writeBounds(parts);
    backend.write(cells.scale, Float32Array.of(1));
    const mask = new Float32Array(cells.noise.length);
    for (let end = config.vocabSize; end <= mask.length; end += config.vocabSize) {
      mask.fill(never, end - config.vocabSize + size, end);
    }
    backend.write(cells.noise, mask);
    const carried = carriedCells(stage);
    const plan = await backend.compile!({
      enqueue: () => enqueueTokens(parts, cells, greedy),
      inputs: [cells.ids, ...(greedy ? [] : [cells.scale, cells.noise]), ...carried],
      outputs: [...cells.chosen, ...carried],
    });
    return new WriteAhead(backend, plan, cells);
  }

  /**
   * Reads one id a sequence and all that it then chooses but the last.
   * @param choice noise of shape (tokensAhead, sequences, vocabSize), or none
   * @returns for each token the ids of all sequences
   * @throws LogitsError when a logit is NaN
   */
  async write(ids: ArrayLike<number>, { scale, noise, size }: AheadChoice): Promise<number[][]> {
    const { ids: idsCell, scale: scaleCell, noise: noiseCell, chosen, vocabSize } = this.#cells;
    this.#backend.write(idsCell, Uint32Array.from(ids));
    if (noise !== undefined) {
      this.#backend.write(scaleCell, Float32Array.of(scale));
      this.#backend.write(
        noiseCell,
        size === vocabSize ? noise : noise.map((value, i) => (i % vocabSize < size ? value : never)),
      );
    }
    await this.#plan.run();
    const tokens: number[][] = [];
    for (const cell of chosen) tokens.push(Array.from(await this.#backend.read(cell)));
    if (tokens.flat().some((token) => !(token >= 0))) {
      throw new LogitsError('"logits" expected numbers, got NaN on the device');
    }
    return tokens;
  }

  /** The states are as before the last write. */
  undo(): void {
    this.#plan.undo();
  }

  dispose(): void {
    this.#plan.dispose();
  }
}

interface WriteAheadCells {
  readonly ids: Cell;
  readonly scale: Cell;
  /** (tokensAhead, sequences, vocabSize), or the same for every token without the first axis. */
  readonly noise: Cell;
  readonly chosen: readonly Cell[];
  readonly vocabSize: number;
}

function makeCells(backend: Backend, sequences: number, vocabSize: number, greedy: boolean): WriteAheadCells {
  return {
    ids: backend.integers('ids ahead', sequences),
    scale: backend.floats('scale', 1),
    noise: backend.floats('noise', (greedy ? 1 : tokensAhead) * sequences * vocabSize),
    chosen: Array.from({ length: tokensAhead }, () => backend.integers('chosen', sequences)),
    vocabSize,
  };
}

function enqueueTokens(parts: StepParts, cells: WriteAheadCells, greedy: boolean): void {
  const { head, sequences, config } = parts;
  const { ids, scale, noise, chosen } = cells;
  chosen.forEach((out, k) => {
    enqueueToken(parts, k === 0 ? ids : chosen[k - 1]!);
    const start = greedy ? 0 : k * sequences * config.vocabSize;
    head.enqueueChoice(out, sequences, { scale, noise: viewOf(noise, config.vocabSize, start) });
  });
}
