/**
 * Some neighbouring layers of a model on one device, and the weights' way there: rows streamed in, a few at a time. A
 * model that does not fit into one memory is a list of stages; the rows of the residual stream are copied from one to
 * the next.
 */
import type { TensorSlot, WeightSource } from '../checkpoint/index.ts';
import { rowsOf, tensorTable } from '../checkpoint/index.ts';
import { nextTurn } from '../generation/next-turn.ts';
import type { LayerWeights, MambaConfig } from '../reference/types.ts';
import type { Backend, Cell, Matrix, Recording, WeightDtype } from './backend.ts';
import type { DeviceLayer, DeviceLayerState, WorkCells } from './layer.ts';
import { workCells } from './layer.ts';
import { stateCells } from './layer-state.ts';
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
  readonly layers: readonly DeviceLayer[];
  readonly states: readonly DeviceLayerState[];
  readonly work: WorkCells;
  readonly bounds: Cell;
  /** Each layer's operations by the number of rows: most chunks have the same. */
  readonly recordings: Map<number, readonly Recording[]>;
  readonly embedding?: Matrix;
  readonly head?: Matrix;
  readonly normF?: Cell;
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
  config: MambaConfig,
  source: WeightSource,
  sizes: StageSizes,
  watch: LoadWatch,
): Promise<Stage> {
  const { backend, from, to } = plan;
  const layers = Array.from({ length: to - from }, (): Record<string, Cell | Matrix> => ({}));
  const model: Record<string, Cell | Matrix> = {};
  for (const slot of slotsOf(plan, config)) {
    const place = slot.layer === undefined ? model : layers[slot.layer - from]!;
    const field = slot.field === 'aLog' ? 'A' : slot.field;
    place[field] = await loadWeight(backend, config, slot, source, sizes.dtype, watch);
  }
  const embedding = model.embeddingWeight as Matrix | undefined;
  const head = (model.lmHeadWeight ?? embedding) as Matrix | undefined;
  return {
    ...plan,
    layers: layers as unknown as DeviceLayer[],
    states: layers.map(() => stateCells(backend, config, sizes.sequences)),
    work: workCells(backend, config, sizes.rows),
    bounds: backend.integers('bounds', 2 * sizes.sequences),
    recordings: new Map(),
    ...(from === 0 && embedding !== undefined && { embedding }),
    ...(to === config.nLayer && { head: head!, normF: model.normFWeight as Cell }),
  };
}

/** The weights that a stage of these layers holds; with a tied head the embedding stands in the first and in the last. */
export function* slotsOf({ from, to }: LayerRange, config: MambaConfig): Generator<TensorSlot> {
  const last = to === config.nLayer;
  for (const slot of tensorTable(config)) {
    if (slot.layer !== undefined) {
      if (slot.layer >= from && slot.layer < to) yield slot;
    } else if (slot.field === 'embeddingWeight') {
      if (from === 0 || (last && config.tieWordEmbeddings)) yield slot;
    } else if (last) yield slot;
  }
}

async function loadWeight(
  backend: Backend,
  config: MambaConfig,
  slot: TensorSlot,
  source: WeightSource,
  dtype: WeightDtype,
  { signal, onNumbers }: LoadWatch,
): Promise<Cell | Matrix> {
  const { rows, width } = rowsOf(slot);
  const name = slot.names[0]!;
  if (!isMatrix(slot)) {
    const numbers = slot.field === 'aLog' ? await readA(source, slot) : await source.read(slot, 0, rows);
    const cell = backend.floats(name, rows * width);
    backend.write(cell, residentForm(slot.field, numbers, config));
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

/** A = −exp(aLog), rounded once; or A as the source holds it. */
async function readA(source: WeightSource, slot: TensorSlot): Promise<Float32Array> {
  const { rows } = rowsOf(slot);
  if (source.readA !== undefined) return source.readA(slot, 0, rows);
  const aLog = await source.read(slot, 0, rows);
  return aLog.map((value) => -Math.exp(value));
}

/** The convolution's weight taps first. */
function residentForm(field: TensorSlot['field'], numbers: Float32Array, { dInner, dConv }: MambaConfig): Float32Array {
  if (field !== ('conv1dWeight' satisfies keyof LayerWeights)) return numbers;
  return Float32Array.from(numbers, (_, i) => numbers[(i % dInner) * dConv + Math.floor(i / dInner)]!);
}
