/**
 * One layer of a GPT-Neo on a device: its weights, its cache, and the operations that run it. This is the fast twin of
 * src/reference/gpt-neo-block.ts; it shares no numerics with it.
 */
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';
import type { AttentionMethod, Backend, Cell, Matrix } from './backend.ts';
import { viewOf } from './backend.ts';
import type { RowLayout } from './layer.ts';

/** The weights of one layer. q, k and v have no bias. */
export interface GptNeoDeviceLayer {
  readonly ln1Weight: Cell; // (hiddenSize)
  readonly ln1Bias: Cell; // (hiddenSize)
  readonly qProjWeight: Matrix; // (hiddenSize, hiddenSize)
  readonly kProjWeight: Matrix; // (hiddenSize, hiddenSize)
  readonly vProjWeight: Matrix; // (hiddenSize, hiddenSize)
  readonly outProjWeight: Matrix; // (hiddenSize, hiddenSize)
  readonly outProjBias: Cell; // (hiddenSize)
  readonly ln2Weight: Cell; // (hiddenSize)
  readonly ln2Bias: Cell; // (hiddenSize)
  readonly fcWeight: Matrix; // (intermediateSize, hiddenSize)
  readonly fcBias: Cell; // (intermediateSize)
  readonly projWeight: Matrix; // (hiddenSize, intermediateSize)
  readonly projBias: Cell; // (hiddenSize)
}

/** Keys and values of all tokens so far; layout: cache-layout.ts. */
export interface GptNeoCache {
  readonly keys: Cell;
  readonly values: Cell;
}

/** The activations of a chunk, written anew by every layer. */
export interface GptNeoWorkCells {
  readonly residual: Cell; // (rows, hiddenSize)
  readonly normed: Cell; // (rows, hiddenSize)
  readonly q: Cell; // (rows, hiddenSize)
  readonly k: Cell; // (rows, hiddenSize)
  readonly v: Cell; // (rows, hiddenSize)
  readonly attended: Cell; // (rows, hiddenSize)
  readonly inner: Cell; // (rows, intermediateSize)
  /** (nHead, rows, capacity), for eager attention. */
  readonly scores?: Cell;
  readonly positions: Cell; // u32 (rows)
  readonly starts: Cell; // u32 (sequences)
}

/** How attention is to be computed. */
export interface AttentionPlan {
  readonly method: AttentionMethod;
  /** Positions there is room for, as cache-layout.ts wants it. */
  readonly capacity: number;
}

/** Numbers in a row of the activations, scores of eager attention among them. */
export function gptNeoRowLength(config: GptNeoConfig, { method, capacity }: AttentionPlan): number {
  const { hiddenSize, intermediateSize, nHead } = config;
  return 6 * hiddenSize + intermediateSize + 1 + (method === 'eager' ? nHead * capacity : 0);
}

export function gptNeoWorkCells(
  backend: Backend,
  config: GptNeoConfig,
  plan: AttentionPlan,
  { rows, sequences }: { readonly rows: number; readonly sequences: number },
): GptNeoWorkCells {
  const { hiddenSize, intermediateSize, nHead } = config;
  const activation = (name: string) => backend.floats(name, rows * hiddenSize);
  return {
    ...{ residual: activation('residual'), normed: activation('normed'), attended: activation('attended') },
    ...{ q: activation('q'), k: activation('k'), v: activation('v') },
    inner: backend.floats('inner', rows * intermediateSize),
    ...(plan.method === 'eager' && { scores: backend.floats('scores', nHead * rows * plan.capacity) }),
    positions: backend.integers('positions', rows),
    starts: backend.integers('starts', sequences),
  };
}

/** What a layer runs on. */
export interface GptNeoLayerParts {
  readonly layer: GptNeoDeviceLayer;
  readonly cache: GptNeoCache;
  readonly work: GptNeoWorkCells;
  readonly plan: AttentionPlan;
  /** Of this layer; absent where it is global. */
  readonly window: number | undefined;
}

/**
 * Enqueues one layer over the residual stream.
 *
 *   r ← r + attention(ln1(r))
 *   r ← r + mlp(ln2(r))
 */
export function enqueueGptNeoLayer(
  backend: Backend,
  config: GptNeoConfig,
  { layer, cache, work, plan, window }: GptNeoLayerParts,
  layout: RowLayout,
): void {
  const { hiddenSize: width, intermediateSize, nHead, normEps: eps } = config;
  const { rows } = layout;
  const [residual, normed, attended] = [work.residual, work.normed, work.attended].map((cell) => viewOf(cell, width));
  const [q, k, v] = [work.q, work.k, work.v].map((cell) => viewOf(cell, width));
  const inner = viewOf(work.inner, intermediateSize);

  // Attention over the cache, the new tokens among it.
  backend.layerNorm({ out: normed!, x: residual!, weight: layer.ln1Weight, bias: layer.ln1Bias, rows, width, eps });
  backend.linear({ out: q!, x: normed!, weight: layer.qProjWeight, rows });
  backend.linear({ out: k!, x: normed!, weight: layer.kProjWeight, rows });
  backend.linear({ out: v!, x: normed!, weight: layer.vProjWeight, rows });
  backend.attention({
    ...{ out: attended!, q: q!, k: k!, v: v!, ...cache, ...plan, window, ...layout },
    ...{ scores: work.scores, starts: work.starts, nHead, headDim: width / nHead },
  });
  const { outProjWeight, outProjBias } = layer;
  backend.linear({ out: residual!, x: attended!, weight: outProjWeight, bias: outProjBias, add: true, rows });

  // The MLP.
  backend.layerNorm({ out: normed!, x: residual!, weight: layer.ln2Weight, bias: layer.ln2Bias, rows, width, eps });
  backend.linear({ out: inner, x: normed!, weight: layer.fcWeight, bias: layer.fcBias, rows });
  backend.gelu({ out: inner, x: inner, rows, width: intermediateSize });
  backend.linear({ out: residual!, x: inner, weight: layer.projWeight, bias: layer.projBias, add: true, rows });
}
