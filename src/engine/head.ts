/**
 * From the residual stream to what one wants to know of it: logits of some rows, or how surprising the next tokens are.
 */
import type { MambaConfig } from '../reference/types.ts';
import type { Cell } from './backend.ts';
import { viewOf } from './backend.ts';
import type { Stage } from './stage.ts';
import type { TensorVisitor } from './visit.ts';

/** Rows of logits that are kept at a time while scoring. */
export const scoringRows = 32;

export class EngineHead {
  readonly #config: MambaConfig;
  readonly #stage: Stage;
  readonly #index: Cell; // u32 (rows)
  readonly #hidden: Cell; // (rows, dModel)
  readonly #logits: Cell; // (rows, vocabSize)
  readonly #targets: Cell; // u32 (rows)
  readonly #nats: Cell; // (rows)

  /** @param stage the last one, which has norm and head */
  constructor(config: MambaConfig, stage: Stage, sequences: number) {
    const { backend } = stage;
    const rows = Math.max(sequences, scoringRows);
    this.#config = config;
    this.#stage = stage;
    this.#index = backend.integers('index', rows);
    this.#hidden = backend.floats('hidden', rows * config.dModel);
    this.#logits = backend.floats('logits', rows * config.vocabSize);
    this.#targets = backend.integers('targets', rows);
    this.#nats = backend.floats('nats', rows);
  }

  /** logits (rows.length, vocabSize) after some rows of the residual stream. */
  async logitsOf(rows: readonly number[], visit?: TensorVisitor): Promise<Float32Array> {
    if (rows.length === 0) return new Float32Array();
    const { backend } = this.#stage;
    const { vocabSize, dModel } = this.#config;
    this.#enqueueLogits(Uint32Array.from(rows));
    visit?.('hidden', [rows.length, dModel], await backend.read(this.#hidden, 0, rows.length * dModel));
    return backend.read(this.#logits, 0, rows.length * vocabSize);
  }

  /** nats of the targets after rows row … row + targets.length − 1; logits stay on the device. */
  async natsOf(row: number, targets: Uint32Array): Promise<Float32Array> {
    const { backend } = this.#stage;
    const { vocabSize } = this.#config;
    const rows = targets.length;
    this.#enqueueLogits(targets.map((_, i) => row + i));
    backend.write(this.#targets, targets);
    const logits = viewOf(this.#logits, vocabSize);
    backend.crossEntropy({ out: this.#nats, logits, targets: this.#targets, rows, vocabSize });
    return backend.read(this.#nats, 0, rows);
  }

  /** hidden ← rmsNorm(residual[index]), logits ← head·hidden */
  #enqueueLogits(index: Uint32Array): void {
    const { backend, work, normF, head } = this.#stage;
    const { dModel: width, normEps: eps, vocabSize } = this.#config;
    const hidden = viewOf(this.#hidden, width);
    const rows = index.length;
    backend.write(this.#index, index);
    backend.copyRows({ out: hidden, x: viewOf(work.residual, width), index: this.#index, rows, width });
    backend.rmsNorm({ out: hidden, x: hidden, weight: normF!, rows, width, eps });
    backend.linear({ out: viewOf(this.#logits, vocabSize), x: hidden, weight: head!, rows });
  }
}
