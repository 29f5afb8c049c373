/**
 * From the residual stream to what one wants to know of it: logits of some rows, or how surprising the next tokens are.
 */
import type { Architecture } from './architecture.ts';
import type { Cell, DrawOperands, Recording, View } from './backend.ts';
import { viewOf } from './backend.ts';
import type { Stage } from './stage.ts';
import type { TensorVisitor } from './visit.ts';

/** Rows of logits that are kept at a time while scoring. */
export const scoringRows = 32;

/** Bytes of the cells of a head: index, hidden, logits, targets and nats. */
export function headBytes({ width, vocabSize }: Sizes, sequences: number): number {
  return 4 * headRows(sequences) * (1 + width + vocabSize + 1 + 1);
}

type Sizes = Pick<Architecture, 'width' | 'vocabSize' | 'normEps'>;

function headRows(sequences: number): number {
  return Math.max(sequences, scoringRows);
}

export class EngineHead {
  readonly #sizes: Sizes;
  readonly #stage: Stage;
  readonly #index: Cell; // u32 (rows)
  readonly #hidden: Cell; // (rows, width)
  readonly #logits: Cell; // (rows, vocabSize)
  readonly #targets: Cell; // u32 (rows)
  readonly #nats: Cell; // (rows)
  /** By the number of rows, of which there are few. */
  readonly #recordings = new Map<number, Recording>();

  /** @param stage the last one, which has norm and head */
  constructor(sizes: Sizes, stage: Stage, sequences: number) {
    const { backend } = stage;
    const rows = headRows(sequences);
    this.#sizes = sizes;
    this.#stage = stage;
    this.#index = backend.integers('index', rows);
    this.#hidden = backend.floats('hidden', rows * sizes.width);
    this.#logits = backend.floats('logits', rows * sizes.vocabSize);
    this.#targets = backend.integers('targets', rows);
    this.#nats = backend.floats('nats', rows);
  }

  /** Says which rows {@link logitsOf} will be asked for; before anything is enqueued, this costs nothing. */
  prepare(rows: readonly number[]): void {
    if (rows.length > 0) this.#stage.backend.write(this.#index, Uint32Array.from(rows));
  }

  /** logits (count, vocabSize) after the prepared rows of the residual stream. */
  async logitsOf(count: number, visit?: TensorVisitor): Promise<Float32Array> {
    if (count === 0) return new Float32Array();
    const { backend } = this.#stage;
    const { vocabSize, width } = this.#sizes;
    this.#enqueueLogits(count);
    visit?.('hidden', [count, width], await backend.read(this.#hidden, 0, count * width));
    return backend.read(this.#logits, 0, count * vocabSize);
  }

  /** nats of the targets after rows row … row + targets.length − 1; logits stay on the device. */
  async natsOf(row: number, targets: Uint32Array): Promise<Float32Array> {
    const { backend } = this.#stage;
    const { vocabSize } = this.#sizes;
    const rows = targets.length;
    backend.write(
      this.#index,
      targets.map((_, i) => row + i),
    );
    backend.write(this.#targets, targets);
    this.#enqueueLogits(rows);
    const logits = viewOf(this.#logits, vocabSize);
    backend.crossEntropy({ out: this.#nats, logits, targets: this.#targets, rows, vocabSize });
    return backend.read(this.#nats, 0, rows);
  }

  /** out[s] ← the token drawn from the logits after row s; nothing is read back. */
  enqueueDraw(out: Cell, rows: number, how: Pick<DrawOperands, 'noise' | 'sampling' | 'among' | 'size'>): void {
    const { vocabSize } = this.#sizes;
    this.enqueueStep(this.#logits, rows);
    const x = viewOf(this.#logits, vocabSize);
    this.#stage.backend.draw!({ out, x, rows, width: vocabSize, ...how });
  }

  /** out (rows, vocabSize) ← the logits after every row. */
  enqueueStep(out: Cell, rows: number): void {
    const { backend, run, normF, normFBias, head } = this.#stage;
    const { width, normEps: eps, vocabSize } = this.#sizes;
    const [residual, hidden] = [viewOf(run.residual, width), viewOf(this.#hidden, width)];
    const operands = { out, residual: run.residual, normWeight: normF!, weight: head!, sequences: rows, eps };
    if (normFBias === undefined && backend.stepHead?.(operands)) return;
    this.#enqueueNorm(hidden, residual, rows);
    backend.linear({ out: viewOf(out, vocabSize), x: hidden, weight: head!, rows });
  }

  #enqueueNorm(out: View, x: View, rows: number): void {
    const { backend, normF: weight, normFBias: bias } = this.#stage;
    const { width, normEps: eps } = this.#sizes;
    if (bias !== undefined) backend.layerNorm({ out, x, weight: weight!, bias, rows, width, eps });
    else backend.rmsNorm({ out, x, weight: weight!, rows, width, eps });
  }

  /** hidden ← norm(residual[index]), logits ← head·hidden */
  #enqueueLogits(rows: number): void {
    const { backend, run, head } = this.#stage;
    const { width, vocabSize } = this.#sizes;
    const hidden = viewOf(this.#hidden, width);
    let recording = this.#recordings.get(rows);
    if (recording === undefined) {
      recording = backend.record(() => {
        backend.copyRows({ out: hidden, x: viewOf(run.residual, width), index: this.#index, rows, width });
        this.#enqueueNorm(hidden, hidden, rows);
        backend.linear({ out: viewOf(this.#logits, vocabSize), x: hidden, weight: head!, rows });
      });
      this.#recordings.set(rows, recording);
    }
    backend.replay(recording);
  }
}
