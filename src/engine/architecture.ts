/**
 * What the engine must know of a kind of model, Mamba or GPT-Neo: its sizes, its weights, and what a stage of it does. All
 * else (stages, chunks, head, turns, memory plan) is the same for both.
 */
import type { WeightPlace, WeightSource } from '../checkpoint/index.ts';
import type { ModelState } from '../generation/model-state.ts';
import type { GptNeoConfig, GptNeoLayerState } from '../reference/gpt-neo-types.ts';
import type { LayerState, MambaConfig } from '../reference/types.ts';
import type { Backend, Cell, Matrix } from './backend.ts';
import type { RowLayout } from './layer.ts';
import type { TensorVisitor } from './visit.ts';

export type ModelConfig = MambaConfig | GptNeoConfig;

export function isGptNeoConfig(config: ModelConfig): config is GptNeoConfig {
  return 'nHead' in config;
}

/** A weight's place, and what people call it. */
export interface NamedPlace extends WeightPlace {
  readonly name: string;
}

export interface Architecture {
  readonly config: ModelConfig;
  readonly vocabSize: number;
  /** Columns of the residual stream. */
  readonly width: number;
  readonly nLayer: number;
  readonly normEps: number;
  /** Most tokens of a text; absent where there is no end. */
  readonly positions?: number | undefined;
  /** Weights of the first stage; the first of them is the table of tokens, which a tied head is once more. */
  readonly embeddings: readonly string[];
  readonly tiedHead: boolean;
  /** Multiply–adds of one layer on one row. */
  readonly layerWork: number;
  /** Bytes of one layer's states of one sequence. */
  readonly layerStateBytes: number;
  /** Bytes of the activations of a chunk. */
  activationBytes(rows: number): number;
  /** The weights of the first so many layers, and of the model; all layers by default. */
  slots(nLayer?: number): Iterable<NamedPlace>;
  /** A weight that is no matrix, in the form and order it has on a device. */
  readVector(source: WeightSource, slot: WeightPlace): Promise<Float32Array>;
  /** The field that a weight has among those of {@link StageParts}. */
  fieldOf(slot: WeightPlace): string;
  openStage(backend: Backend, parts: StageParts): StageRun;
  /** @param position tokens read, where positions are counted */
  stateOf(layers: readonly LayerMemory[], position: number): ModelState;
  /** Checked and copied. @throws RangeError when the state is not one of this config */
  layersOf(state: ModelState): { readonly layers: readonly LayerMemory[]; readonly position: number };
}

export type LayerMemory = LayerState | GptNeoLayerState;

/** Weights by their fields; made and filled. */
export type Fields = Readonly<Record<string, Cell | Matrix>>;

export interface StageParts {
  /** The first layer of the stage. */
  readonly from: number;
  readonly model: Fields;
  readonly layers: readonly Fields[];
  readonly sequences: number;
  /** Most rows of a chunk. */
  readonly rows: number;
}

/** One architecture's layers on one device. Layers are counted from the stage's first one. */
export interface StageRun {
  readonly residual: Cell; // (rows, width)
  /** residual ← the rows' embeddings; on the first stage only. */
  embed(ids: Cell, rows: number): void;
  /** Enqueues a layer over the residual stream. */
  enqueueLayer(layer: number, layout: RowLayout): void;
  /** The same at one token of every sequence, fused; false, with nothing enqueued, where that cannot be. */
  stepLayer?(layer: number, sequences: number): boolean;
  /** Cells that carry the states. */
  readonly carried: readonly Cell[];
  /** Says where the next chunk stands: positions of every sequence before it, and of every row. */
  place?(starts: Uint32Array, rows: Uint32Array): void;
  /** Reads back what the last layer has left in the work cells. */
  visit(layer: number, rows: number, see: TensorVisitor): Promise<void>;
  /** A sequence's states as values, layer by layer. */
  readStates(sequence: number, position: number): Promise<readonly LayerMemory[]>;
  writeStates(sequence: number, layers: readonly LayerMemory[], position: number): void;
  /** The state before the first token. */
  clearStates(sequence: number): void;
}
