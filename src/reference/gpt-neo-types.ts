/**
 * GPT-Neo, the Transformer that Mamba is measured against: its sizes, its weights, and what it remembers. Matrices are
 * (out, in); names are the checkpoints' in camelCase, `outProj` being the attention's and `proj` the MLP's second one.
 */
import type { Floats } from './types.ts';

/** `global`: a token sees all before it. `local`: only the last windowSize, itself among them. */
export type AttentionKind = 'global' | 'local';

/** The sizes of one GPT-Neo. The head is always the table of tokens once more. */
export interface GptNeoConfig {
  readonly vocabSize: number;
  /** Rows of the table of positions: no text may be longer. */
  readonly maxPositions: number;
  readonly hiddenSize: number;
  readonly nLayer: number;
  /** Heads of hiddenSize / nHead columns each. */
  readonly nHead: number;
  /** Columns inside the MLP, 4·hiddenSize in every published GPT-Neo. */
  readonly intermediateSize: number;
  /** Tokens that a local layer sees, the current one among them. */
  readonly windowSize: number;
  /** (nLayer) */
  readonly attentionKinds: readonly AttentionKind[];
  /** ε of every LayerNorm. */
  readonly normEps: number;
}

/** The weights of one layer. q, k and v have no bias. */
export interface GptNeoLayerWeights {
  readonly ln1Weight: Floats; // (hiddenSize)
  readonly ln1Bias: Floats; // (hiddenSize)
  readonly qProjWeight: Floats; // (hiddenSize, hiddenSize)
  readonly kProjWeight: Floats; // (hiddenSize, hiddenSize)
  readonly vProjWeight: Floats; // (hiddenSize, hiddenSize)
  readonly outProjWeight: Floats; // (hiddenSize, hiddenSize)
  readonly outProjBias: Floats; // (hiddenSize)
  readonly ln2Weight: Floats; // (hiddenSize)
  readonly ln2Bias: Floats; // (hiddenSize)
  readonly fcWeight: Floats; // (intermediateSize, hiddenSize)
  readonly fcBias: Floats; // (intermediateSize)
  readonly projWeight: Floats; // (hiddenSize, intermediateSize)
  readonly projBias: Floats; // (hiddenSize)
}

/** The weights of a model. */
export interface GptNeoWeights {
  readonly wteWeight: Floats; // (vocabSize, hiddenSize): tokens, and the head
  readonly wpeWeight: Floats; // (maxPositions, hiddenSize): positions
  readonly layers: readonly GptNeoLayerWeights[];
  readonly lnFWeight: Floats; // (hiddenSize)
  readonly lnFBias: Floats; // (hiddenSize)
}

/** What one layer remembers: the keys and values of every token so far. It grows with the text, unlike Mamba's state. */
export interface GptNeoLayerState {
  readonly k: Float64Array; // (position, hiddenSize)
  readonly v: Float64Array; // (position, hiddenSize)
}

/** A KV cache, as a value. */
export interface GptNeoState {
  /** Tokens read so far. */
  readonly position: number;
  readonly layers: readonly GptNeoLayerState[];
}
