/**
 * What a device must offer so that the engine can run a model on it: cells, and operations that write into them.
 *
 * Every operation is `op({ out, …inputs }): void` and may only enqueue; results and errors appear at `await settle()`
 * and `await read(cell)`. Cells are allocated once and used again for every chunk. Token ids, bounds and row numbers
 * are cells too, never JS numbers in an operation, so that a device can compile a chain of operations once and repeat
 * it. A backend never falls back: what it lacks is an {@link UnsupportedError}.
 *
 * Activations are float32 of shape (rows, width), a row a token. Several sequences lie end to end in the rows; `bounds`
 * (sequences, 2) holds each one's first row and the row behind its last. A sequence without rows keeps its state.
 */

/** Numbers on the device. The backend knows where. */
export interface Cell {
  readonly name: string;
  readonly kind: 'f32' | 'u32';
  readonly length: number;
}

/** Rows on a cell: row t begins at offset + t·stride. Names x|z and Δ|B|C without copies. */
export interface View {
  readonly cell: Cell;
  readonly offset: number;
  readonly stride: number;
}

/** In which numbers the weights of the linear layers and the embedding are held. */
export type WeightDtype = 'f32' | 'bf16' | 'f16' | 'q8_0';

/** A weight (rows, columns) in its dtype, in whatever layout the device likes. */
export interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: WeightDtype;
}

/** Operations that were written down once, to be enqueued again and again. */
export interface Recording {
  readonly operations: number;
}

/** A chain of operations to be compiled, and what goes in and comes out of it. */
export interface Chain {
  /** Enqueues the operations; called once. */
  readonly enqueue: () => void;
  /** Cells that the operations read before they write them, and whose numbers differ from run to run. */
  readonly inputs: readonly Cell[];
  /** Cells whose numbers are wanted afterwards; states stand in both lists. Others are as before the run. */
  readonly outputs: readonly Cell[];
}

/** A compiled chain: runs on what is in its input cells then. */
export interface Plan {
  run(): Promise<void>;
  /** Puts the inputs back as they were before the last run. */
  undo(): void;
  dispose(): void;
}

export interface Backend {
  /** `wasm`, `webgpu` … */
  readonly name: string;
  /** Build and threads, or the renderer. */
  readonly device: string;
  /** Bytes that cells and matrices occupy now. */
  readonly residentBytes: number;
  /** Most rows in a chunk, or the only chunk lengths there are (a device that compiles a plan a length). */
  readonly chunkLengths: number | readonly number[];

  /** @throws OutOfMemoryError when the device has no room; nothing is allocated then */
  floats(name: string, length: number): Cell;
  integers(name: string, length: number): Cell;
  matrix(name: string, rows: number, columns: number, dtype: WeightDtype): Matrix;
  free(what: Cell | Matrix): void;

  /** Host → device, in the order of the operations: those enqueued before see the old numbers. */
  write(cell: Cell, data: Float32Array | Uint32Array, offset?: number): void;
  /** Rounds float32 rows to the matrix's dtype, from row `row` on. */
  writeRows(matrix: Matrix, row: number, data: Float32Array): void;
  /** Device → host, a copy, after everything enqueued. Only cells of f32 are read by the engine. */
  read(cell: Cell, offset?: number, length?: number): Promise<Float32Array>;
  /** Writes operations down instead of enqueuing them. The cells and matrices they name must outlive the recording. */
  record(enqueue: () => void): Recording;
  replay(recording: Recording): void;
  /**
   * Compiles a chain of operations into one submission to the device; absent where replaying is as quick. Everything
   * that is no input is taken as it is now, bounds included.
   */
  readonly compile?: ((chain: Chain) => Promise<Plan>) | undefined;
  /** Runs what is enqueued. @throws whatever went wrong in it */
  settle(): Promise<void>;
  /** Gives everything back; the backend is unusable from here on. */
  dispose(): void;

  /**
   * One layer's operations at one token a sequence, fused; where compiled chains are worth it.
   * @returns false, with nothing enqueued, when these weights do not allow it
   */
  readonly stepLayer?: ((operands: StepLayerOperands) => boolean) | undefined;

  /** logits ← head·rmsNorm(residual) at one token a sequence, fused; or false, as there. */
  readonly stepHead?: ((operands: StepHeadOperands) => boolean) | undefined;

  /** Gumbel-max on the device; where compiled chains are worth it. */
  readonly draw?: ((operands: DrawOperands) => void) | undefined;

  embed(operands: EmbedOperands): void;
  embedAdd(operands: EmbedOperands): void;
  rmsNorm(operands: RmsNormOperands): void;
  layerNorm(operands: LayerNormOperands): void;
  gelu(operands: GeluOperands): void;
  attention(operands: AttentionOperands): void;
  linear(operands: LinearOperands): void;
  causalConv1d(operands: CausalConv1dOperands): void;
  selectiveScan(operands: SelectiveScanOperands): void;
  copyRows(operands: CopyRowsOperands): void;
  crossEntropy(operands: CrossEntropyOperands): void;
  argmax(operands: ArgmaxOperands): void;
}

/** out[t,:] = weight[ids[t],:]; embedAdd adds that to what is there. */
export interface EmbedOperands {
  readonly out: View;
  readonly ids: Cell; // u32 (rows)
  readonly weight: Matrix;
  readonly rows: number;
}

/** out[t,i] = x[t,i] / sqrt(eps + mean_j x[t,j]²) · weight[i]; out may be x. */
export interface RmsNormOperands {
  readonly out: View;
  readonly x: View;
  readonly weight?: Cell | undefined; // (width)
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
}

/** out[t,i] = (x[t,i] − mean) / sqrt(eps + variance) · weight[i] + bias[i], both over x[t,:]; out may be x. */
export interface LayerNormOperands {
  readonly out: View;
  readonly x: View;
  readonly weight: Cell; // (width)
  readonly bias: Cell; // (width)
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
}

/** out = ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))), of rows of `width` numbers; out may be x. */
export interface GeluOperands {
  readonly out: View;
  readonly x: View;
  readonly rows: number;
  readonly width: number;
}

/** `eager`: all scores are stored, then masked. `flash`: tile by tile with an online softmax, no scores are kept. */
export type AttentionMethod = 'eager' | 'flash';

/**
 * out[t,:] = softmax_j(q[t,:]·key[j,:])·value[j,:], a head at a time: head h is columns h·headDim … of the views. There is
 * no factor 1/√headDim. The rows' k and v move into the cache first; then the row at position i sees positions j ≤ i, and
 * with a window only i − window < j. Rows of sequence s are at positions starts[s], starts[s] + 1 …; beyond `capacity` the
 * outcome is undefined. Layout of the cache: cache-layout.ts.
 */
export interface AttentionOperands {
  readonly method: AttentionMethod;
  readonly out: View;
  readonly q: View;
  readonly k: View;
  readonly v: View;
  readonly keys: Cell;
  readonly values: Cell;
  readonly starts: Cell; // u32 (sequences)
  readonly bounds: Cell; // u32 (sequences, 2)
  /** (nHead, rows, capacity), for `eager`. */
  readonly scores?: Cell | undefined;
  readonly sequences: number;
  readonly rows: number;
  readonly nHead: number;
  readonly headDim: number;
  readonly capacity: number;
  readonly window?: number | undefined;
}

/** out[t,i] = bias[i] + Σ_j weight[i,j]·x[t,j], plus the old out[t,i] with `add`. */
export interface LinearOperands {
  readonly out: View;
  readonly x: View;
  readonly weight: Matrix;
  readonly bias?: Cell | undefined; // (weight.rows)
  readonly add?: boolean;
  readonly rows: number;
}

/** out = silu(conv(x) + bias) a sequence at a time; state (sequences, dConv − 1, dInner) moves on, oldest first. */
export interface CausalConv1dOperands {
  readonly out: View;
  readonly x: View;
  readonly weight: Cell; // (dConv, dInner): transposed, taps first
  readonly bias?: Cell | undefined; // (dInner)
  readonly state: Cell;
  readonly bounds: Cell; // u32 (sequences, 2)
  readonly sequences: number;
  readonly rows: number;
  readonly dInner: number;
  readonly dConv: number;
}

/**
 * The fused selective scan with softplus, bias, skip and gate; see src/reference/selective-scan.ts for the formula.
 * h (sequences, dInner, dState) moves on. B and C: views of (groups·dState) columns.
 */
export interface SelectiveScanOperands {
  readonly out: View;
  readonly x: View;
  readonly delta: View;
  readonly A: Cell; // (dInner, dState)
  readonly B: View;
  readonly C: View;
  readonly D?: Cell | undefined; // (dInner)
  readonly z?: View | undefined;
  readonly deltaBias?: Cell | undefined; // (dInner)
  readonly h: Cell;
  readonly bounds: Cell; // u32 (sequences, 2)
  readonly sequences: number;
  readonly rows: number;
  readonly dInner: number;
  readonly dState: number;
  readonly groups: number;
  readonly softplus: boolean;
  readonly discretization: 'mamba' | 'zoh';
}

/**
 * residual ← residual + mambaBlock(rmsNorm(residual)) at one token of every sequence: what layer.ts enqueues, for a layer
 * without inProjBias and without norms inside. States move on.
 */
export interface StepLayerOperands {
  readonly residual: Cell; // (sequences, dModel)
  readonly normWeight: Cell;
  readonly inProjWeight: Matrix;
  readonly conv1dWeight: Cell; // (dConv, dInner)
  readonly conv1dBias?: Cell | undefined;
  readonly xProjWeight: Matrix;
  readonly dtProjWeight: Matrix;
  readonly dtProjBias: Cell;
  readonly A: Cell;
  readonly D: Cell;
  readonly outProjWeight: Matrix;
  readonly outProjBias?: Cell | undefined;
  readonly convState: Cell;
  readonly h: Cell;
  readonly sequences: number;
  readonly dModel: number;
  readonly dInner: number;
  readonly dState: number;
  readonly dConv: number;
  readonly dtRank: number;
  readonly eps: number;
  readonly discretization: 'mamba' | 'zoh';
}

/** out[s,:] = weight·rmsNorm(residual[s,:]) */
export interface StepHeadOperands {
  readonly out: Cell; // (sequences, weight.rows)
  readonly residual: Cell; // (sequences, weight.columns)
  readonly normWeight: Cell;
  readonly weight: Matrix;
  readonly sequences: number;
  readonly eps: number;
}

/** out[r,:] = x[index[r],:] */
export interface CopyRowsOperands {
  readonly out: View;
  readonly x: View;
  readonly index: Cell; // u32 (rows)
  readonly rows: number;
  readonly width: number;
}

/** out[t] = log Σ_i exp(logits[t,i]) − logits[t,targets[t]], in nats */
export interface CrossEntropyOperands {
  readonly out: Cell; // (rows)
  readonly logits: View;
  readonly targets: Cell; // u32 (rows)
  readonly rows: number;
  readonly vocabSize: number;
}

/** out[t] = the place of the largest x[t,:], the first among equals. */
export interface ArgmaxOperands {
  readonly out: Cell; // u32 (rows)
  readonly x: View;
  readonly rows: number;
  readonly width: number;
}

/**
 * out[t] = the place i that wins x[t,i]·scale + noise[t,i] among those that the filters of generation/kept-set.ts keep of
 * softmax(x[t,:]·scale); −1 where an x is NaN, lower where the device has not found it.
 */
export interface DrawOperands {
  readonly out: Cell; // (rows)
  readonly x: View;
  readonly noise: View;
  /** scale, 1 − topP, topK, minP, and the tokenizer's size: as {@link samplingNumbers} writes them. */
  readonly sampling: Cell; // (5)
  /** Which of them take part: all places; what top-p and min-p keep; or what all filters keep, topK being 1…64. */
  readonly among: 'all' | 'kept' | 'candidates';
  readonly rows: number;
  readonly width: number;
  /** Places from here on never win: noise is as low as it gets there, and `sampling` says the same. */
  readonly size: number;
}

/** The view of a whole cell as rows of `stride` numbers, or of some of its columns. */
export function viewOf(cell: Cell, stride: number, offset = 0): View {
  return { cell, offset, stride };
}
