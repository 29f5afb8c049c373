/**
 * The types every floor shares: a model's sizes, its weights and its state.
 *
 * Arrays are plain and contiguous, their shape stands in the comment beside them, row-major, the last index fastest.
 * Sizes are words (dModel, dInner …), tensors carry the paper's symbols (A, B, C, D, x, h, y, z, delta).
 */

/** What an operation reads: float32 weights as they lie in a file, or float64 everywhere else. */
export type Floats = Float32Array | Float64Array;

/**
 * How the continuous B becomes the discrete B̄.
 * `mamba` (Euler, B̄ = Δ·B) is what the trained checkpoints use; `zoh` (B̄ = (exp(ΔA) − 1)/A·B) is the paper's eq. 4.
 */
export type Discretization = 'mamba' | 'zoh';

/** The sizes and switches of one Mamba-1 model. Every size is given: nothing is derived where it is used. */
export interface MambaConfig {
  /** Rows of the embedding, padding included (50,280 for the 50,277 tokens of GPT-NeoX). */
  readonly vocabSize: number;
  readonly dModel: number;
  readonly nLayer: number;
  /** Channels of the scan, `expand·dModel` in every published Mamba-1. */
  readonly dInner: number;
  readonly dState: number;
  readonly dConv: number;
  /** Rank of the projection that makes Δ. */
  readonly dtRank: number;
  /** ε of the RMSNorm before each block and of the last one. */
  readonly normEps: number;
  /** inProj and outProj carry a bias. */
  readonly useBias: boolean;
  /** The causal convolution carries a bias. */
  readonly useConvBias: boolean;
  /** The logits use the embedding once more, instead of a matrix lmHead of their own. */
  readonly tieWordEmbeddings: boolean;
  /** Falcon-Mamba's variant: ε of the weightless RMSNorm on Δ (before dtProj), B and C. Absent in plain Mamba. */
  readonly mixerRmsEps?: number;
  /** Default `mamba`; `zoh` is for experiments. */
  readonly discretization?: Discretization;
  /**
   * False makes the model linear time-invariant in its scan: Δ, B and C are projected from a constant 1 instead of
   * from x, with the same weights and the same count of parameters. Default true: the selection of the paper's §3.2.
   */
  readonly selective?: boolean;
}

/** The weights of one layer, named as in the checkpoints. `A = −exp(aLog)`. */
export interface LayerWeights {
  readonly normWeight: Floats; // (dModel)
  readonly inProjWeight: Floats; // (2·dInner, dModel): the rows of x, then the rows of z
  readonly inProjBias?: Floats; // (2·dInner)
  readonly conv1dWeight: Floats; // (dInner, dConv): the last tap meets the current token
  readonly conv1dBias?: Floats; // (dInner)
  readonly xProjWeight: Floats; // (dtRank + 2·dState, dInner): the rows of Δ, of B, of C
  readonly dtProjWeight: Floats; // (dInner, dtRank)
  readonly dtProjBias: Floats; // (dInner), added before the softplus
  readonly aLog: Floats; // (dInner, dState)
  readonly D: Floats; // (dInner)
  readonly outProjWeight: Floats; // (dModel, dInner)
  readonly outProjBias?: Floats; // (dModel)
}

/** The weights of a model. Gradients have the same shape and the same type. */
export interface Weights {
  readonly embeddingWeight: Floats; // (vocabSize, dModel)
  readonly layers: readonly LayerWeights[];
  readonly normFWeight: Floats; // (dModel)
  readonly lmHeadWeight?: Floats; // (vocabSize, dModel), absent when tied
}

/** What one layer remembers between tokens. A value: operations return a new one and leave the old one as it was. */
export interface LayerState {
  readonly convState: Float64Array; // (dConv − 1, dInner): the last raw inputs of the convolution, oldest first
  readonly h: Float64Array; // (dInner, dState)
}

/** What the model remembers of all it has read: a fixed number of bytes, however long the text. */
export interface State {
  readonly layers: readonly LayerState[];
}
