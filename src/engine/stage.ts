/**
 * Some neighbouring layers of a model on one device, and the weights' way there: rows streamed in, a few at a time. A
 * model that does not fit into one memory is a list of stages; the rows of the residual stream are copied from one to
 * the next.
 */
import type { WeightSource } from '../checkpoint/index.ts';
import { rowsOf } from '../checkpoint/index.ts';
import { nextTurn } from '../generation/next-turn.ts';
import type { Architecture, NamedPlace, StageRun } from './architecture.ts';
import type { Backend, Cell, Matrix, Recording, WeightDtype } from './backend.ts';
import { dtypeOf, isMatrix } from './resident-bytes.ts';

/** Layers from … to − 1. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

/** Some layers on one device. */
export interface StagePlan extends LayerRange {
  readonly backend: Backend;
}

/** The first stage embeds, the last one has the norm and the head. */
export interface Stage extends StagePlan {
  readonly run: StageRun;
  readonly bounds: Cell;
  /** Each layer's operations by the number of rows: most chunks have the same. */
  readonly recordings: Map<number, readonly Recording[]>;
  readonly head?: Matrix;
  readonly normF?: Cell;
  /** The last norm is a LayerNorm where it has one, else an RMSNorm. */
  readonly normFBias?: Cell;
}

export interface StageSizes {
  readonly sequences: number;
  /** Most rows of a chunk. */
  readonly rows: number;
  readonly dtype: WeightDtype;
}

/** Who looks on while weights are loaded. */
export interface LoadWatch {
  readonly signal?: AbortSignal | undefined;
  /** How many numbers were loaded since the last call. */
  readonly onNumbers: (count: number) => void;
}

/** Numbers converted at a time: 4 MB of float32. */
const pieceLength = 2 ** 20;

/** Makes the cells of a stage and streams its weights into them. */
export async function loadStage(
  plan: StagePlan,
  architecture: Architecture,
  source: WeightSource,
  sizes: StageSizes,
  watch: LoadWatch,
): Promise<Stage> {
  const { backend, from, to } = plan;
  const layers = Array.from({ length: to - from }, (): Record<string, Cell | Matrix> => ({}));
  const model: Record<string, Cell | Matrix> = {};
  for (const slot of slotsOf(plan, architecture)) {
    const place = slot.layer === undefined ? model : layers[slot.layer - from]!;
    place[architecture.fieldOf(slot)] = await loadWeight(backend, architecture, slot, source, sizes.dtype, watch);
  }
  const head = (model.lmHeadWeight ?? model[architecture.embeddings[0]!]) as Matrix | undefined;
  const normFBias = model.lnFBias as Cell | undefined;
  return {
    ...plan,
    run: architecture.openStage(backend, { from, model, layers, ...sizes }),
    bounds: backend.integers('bounds', 2 * sizes.sequences),
    recordings: new Map(),
    ...(to === architecture.nLayer && { head: head!, normF: (model.normFWeight ?? model.lnFWeight) as Cell }),
    ...(normFBias && { normFBias }),
  };
}

/** The weights that a stage of these layers holds; with a tied head the table of tokens stands in the first and in the last. */
export function* slotsOf({ from, to }: LayerRange, architecture: Architecture): Generator<NamedPlace> {
  const { nLayer, embeddings, tiedHead } = architecture;
  const last = to === nLayer;
  for (const slot of architecture.slots()) {
    if (slot.layer !== undefined) {
      if (slot.layer >= from && slot.layer < to) yield slot;
    } else if (embeddings.includes(slot.field)) {
      if (from === 0 || (last && tiedHead && slot.field === embeddings[0])) yield slot;
    } else if (last) yield slot;
  }
}

/** Makes a cell or matrix, and streams a weight into it. */
export async function loadWeight(
  backend: Backend,
  architecture: Architecture,
  slot: NamedPlace,
  source: WeightSource,
  dtype: WeightDtype,
  { signal, onNumbers }: LoadWatch,
): Promise<Cell | Matrix> {
  const { rows, width } = rowsOf(slot);
  const { name } = slot;
  if (!isMatrix(slot)) {
    const cell = backend.floats(name, rows * width);
    backend.write(cell, await architecture.readVector(source, slot));
    onNumbers(rows * width);
    return cell;
  }
  const matrix = backend.matrix(name, rows, width, dtypeOf(slot, dtype));
  const step = 4 * Math.max(1, Math.floor(pieceLength / (4 * width))); // some formats weave four rows
  for (let row = 0; row < rows; row += step) {
    const end = Math.min(rows, row + step);
    backend.writeRows(matrix, row, await source.read(slot, row, end));
    await backend.settle(); // frees what was held
    await nextTurn(); // Ctrl-C comes through here
    signal?.throwIfAborted();
    onNumbers((end - row) * width);
  }
  return matrix;
}
