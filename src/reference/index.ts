// biome-ignore-all assist/source/organizeImports: the order is the paper's
/**
 * mamba-ts: the reference. Float64, pure, synchronous; each export's file is its explanation.
 *
 * In the order in which one reads the paper (Gu & Dao, arXiv:2312.00752).
 */

// §2: state space models, discretization, recurrence and convolution
export * as complex from './complex.ts';
export type { Complex } from './complex.ts';
export * from './discretize.ts';
export * from './discretize-complex.ts';
export * from './discretize-dense.ts';
export * from './discretize-dense-complex.ts';
export * from './discretize-selective.ts';
export * from './hippo.ts';
export * from './fft.ts';
export * from './lti.ts';
export * from './lti-convolution.ts';
export * from './lti-scan.ts';
export * from './lti-dense.ts';
export * from './matrix.ts';
export * from './matrix-exponential.ts';
export * from './real-form.ts';

// §3.2: selection, Algorithms 1 and 2
export * from './algorithms.ts';
export * from './ssm.ts';

// §3.3: scans, the selective scan and its backward pass by recomputation
export * from './monoid.ts';
export * from './dense-affine.ts';
export * from './scan-sequential.ts';
export * from './scan-blelloch.ts';
export * from './scan-hillis-steele.ts';
export * from './scan-chunked.ts';
export * from './scan-reverse.ts';
export * from './scan-cost.ts';
export * from './linear-recurrence.ts';
export { selectiveScan, selectiveScanStep } from './selective-scan.ts';
export type { SelectiveScanOutput } from './selective-scan.ts';
export type { SelectiveScanInput } from './selective-scan-input.ts';
export * from './selective-scan-parallel.ts';
export * from './selective-scan-backward.ts';

// §3.4: the block and the model
export * from './causal-conv1d.ts';
export * from './cross-entropy.ts';
export * from './embedding.ts';
export * from './initial-weights.ts';
export * from './linear.ts';
export { mambaBlock, mambaBlockStep } from './mamba-block.ts';
export type { BlockOptions, Trace } from './mamba-block.ts';
export * from './mamba-block-backward.ts';
export { mambaModelForward, mambaModelLogits, mambaModelStep, zeroState } from './mamba-model.ts';
export type { ModelOptions } from './mamba-model.ts';
export * from './mamba-model-backward.ts';
export * from './rms-norm.ts';
export * from './silu.ts';
export * from './softplus.ts';
export * from './types.ts';

// Beside it: GPT-Neo, the Transformer that Mamba is measured against
export type { Attention, AttentionInput } from './attention.ts';
export * from './attention-eager.ts';
export { attentionFlash } from './attention-flash.ts';
export type { TileSizes } from './attention-flash.ts';
export * from './gelu.ts';
export { gptNeoBlock } from './gpt-neo-block.ts';
export type { GptNeoBlockOptions } from './gpt-neo-block.ts';
export * from './gpt-neo-model.ts';
export { checkGptNeoState, emptyGptNeoState } from './gpt-neo-state.ts';
export * from './gpt-neo-types.ts';
export * from './layer-norm.ts';
export * as onlineSoftmax from './online-softmax.ts';
export type { OnlineSoftmax } from './online-softmax.ts';
export * from './softmax.ts';
