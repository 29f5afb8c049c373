/**
 * Several tokens a submission: a device that answers slowly but computes quickly chooses its tokens itself. One compiled
 * chain reads a token of every sequence, draws the next ones by Gumbel-max, reads them, and so on.
 */
import type { Filters } from '../generation/kept-set.ts';
import type { AheadChoice } from '../generation/language-model.ts';
import { LogitsError } from '../generation/sampler.ts';
import type { Backend, Cell, DrawOperands, Plan } from './backend.ts';
import { viewOf } from './backend.ts';
import type { StepParts } from './step-chain.ts';
import { carriedCells, enqueueToken, warmUp, writeBounds } from './step-chain.ts';

/** Tokens a submission: at four milliseconds each, Ctrl-C and a page's frames wait less than 100 ms. */
export const tokensAhead = 16;

/** The largest top-k that {@link Backend.draw} takes. */
export const mostCandidates = 64;

/** Low enough to lose against any logit; a shader need not know infinities. */
const never = -3e38;

/** The largest float32 below 1: the heaviest token is kept whatever p is. */
const mostDropped = 1 - 2 ** -24;

const everyToken: Filters = { topK: 0, topP: 1, minP: 0 };

/** Noise by which padding rows never win. */
function withoutPadding(noise: Float32Array, size: number, vocabSize: number): Float32Array {
  if (size === vocabSize) return noise;
  const masked = noise.slice();
  for (let end = vocabSize; end <= masked.length; end += vocabSize) masked.fill(never, end - vocabSize + size, end);
  return masked;
}

/** What {@link Backend.draw} must draw from for a choice. */
export type DrawnAmong = DrawOperands['among'];

export function drawnAmong({ noise, filters }: AheadChoice): DrawnAmong {
  if (noise === undefined) return 'all';
  return (filters?.topK ?? 0) > 0 ? 'candidates' : 'kept';
}

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
   */
  static async create(parts: StepParts, size: number, among: DrawnAmong): Promise<WriteAhead> {
    const { stage, vocabSize, sequences } = parts;
    const { backend } = stage;
    const cells = makeCells(backend, sequences, vocabSize, among);
    writeBounds(parts);
    backend.write(cells.sampling, Float32Array.of(1, 0, 0, 0, size));
    backend.write(cells.noise, withoutPadding(new Float32Array(cells.noise.length), size, vocabSize));
    const carried = carriedCells(stage);
    const plan = await backend.compile!({
      enqueue: () => enqueueTokens(parts, cells, among, size),
      inputs: [cells.ids, ...(among === 'all' ? [] : [cells.sampling, cells.noise]), ...carried],
      outputs: [...cells.chosen, ...carried],
    });
    await warmUp(plan);
    return new WriteAhead(backend, plan, cells);
  }

  /**
   * Reads one id a sequence and all that it then chooses but the last.
   * @param choice noise of shape (tokensAhead, sequences, vocabSize), or none
   * @returns for each token the ids of all sequences, up to one that the device could not choose
   * @throws LogitsError when a logit is NaN
   */
  async write(ids: ArrayLike<number>, choice: AheadChoice): Promise<number[][]> {
    const { ids: idsCell, sampling, noise: noiseCell, chosen, vocabSize } = this.#cells;
    const { noise, size, scale, filters } = choice;
    this.#backend.write(idsCell, Uint32Array.from(ids));
    if (noise !== undefined) {
      const { topP, topK, minP } = filters ?? everyToken;
      this.#backend.write(sampling, Float32Array.of(scale, Math.min(1 - topP, mostDropped), topK, minP, size));
      this.#backend.write(noiseCell, withoutPadding(noise, size, vocabSize));
    }
    await this.#plan.run();
    const tokens: number[][] = [];
    for (const cell of chosen) {
      const row = Array.from(await this.#backend.read(cell));
      if (row.some((token) => token < -1)) break;
      if (!row.every((token) => token >= 0)) {
        throw new LogitsError('"logits" expected finite numbers, got NaN or +Infinity on the device');
      }
      tokens.push(row);
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
  readonly sampling: Cell;
  /** (tokensAhead, sequences, vocabSize), or the same for every token without the first axis. */
  readonly noise: Cell;
  readonly chosen: readonly Cell[];
  readonly vocabSize: number;
}

function makeCells(backend: Backend, sequences: number, vocabSize: number, among: DrawnAmong): WriteAheadCells {
  return {
    ids: backend.integers('ids ahead', sequences),
    sampling: backend.floats('sampling', 5),
    noise: backend.floats('noise', (among === 'all' ? 1 : tokensAhead) * sequences * vocabSize),
    chosen: Array.from({ length: tokensAhead }, () => backend.integers('chosen', sequences)),
    vocabSize,
  };
}

function enqueueTokens(parts: StepParts, cells: WriteAheadCells, among: DrawnAmong, size: number): void {
  const { head, sequences, vocabSize } = parts;
  const { ids, sampling, noise, chosen } = cells;
  chosen.forEach((out, k) => {
    enqueueToken(parts, k === 0 ? ids : chosen[k - 1]!);
    const start = among === 'all' ? 0 : k * sequences * vocabSize;
    head.enqueueDraw(out, sequences, { sampling, noise: viewOf(noise, vocabSize, start), among, size });
  });
}
