/**
 * One layer of GPT-Neo: attention, then MLP, each behind a LayerNorm and around a residual.
 *
 *   x ─┬─ ln1 ─ q,k,v ─ attention ─ outProj ─ + ─┬─ ln2 ─ fc ─ gelu ─ proj ─ + ─
 *      └──────────────────────────────────────┘   └──────────────────────────┘
 */
import type { Attention } from './attention.ts';
import { attentionEager } from './attention-eager.ts';
import { geluNew } from './gelu.ts';
import type { AttentionKind, GptNeoConfig, GptNeoLayerState, GptNeoLayerWeights } from './gpt-neo-types.ts';
import { checkGptNeoLayerWeights } from './gpt-neo-weights.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import type { Trace } from './mamba-block.ts';
import { expectSize } from './shapes.ts';
import type { Floats } from './types.ts';

export interface GptNeoBlockOptions {
  readonly kind: AttentionKind;
  /** Where to continue; default: nothing read yet. */
  readonly state?: GptNeoLayerState | undefined;
  /** Which form of attention; default: {@link attentionEager}. */
  readonly attend?: Attention | undefined;
  readonly trace?: Trace | undefined;
}

/**
 * Reads the new tokens' rows of the residual stream.
 *
 *   n = layerNorm(x)         q, k, v = qProj·n, kProj·n, vProj·n
 *   x = x + outProj·attention(q, [kept k | k], [kept v | v])
 *   x = x + proj·gelu(fc·layerNorm(x))
 *
 * Source: Black et al., GPT-Neo (doi:10.5281/zenodo.5297715) as transformers has it; a GPT-2 whose q, k, v have no bias,
 * whose scores are not scaled, and whose local layers see windowSize tokens.
 *
 * @param x (seqLen, hiddenSize): the residual stream, its norms are in here
 * @returns out (seqLen, hiddenSize), and k and v of all tokens so far (position + seqLen, hiddenSize)
 * @throws RangeError when a length does not fit, or hiddenSize is no multiple of nHead
 * Rounding: every row is computed alone and in one order: any split of a text into chunks gives the same bits.
 */
export function gptNeoBlock(
  config: GptNeoConfig,
  weights: GptNeoLayerWeights,
  x: Floats,
  options: GptNeoBlockOptions,
): { out: Float64Array; state: GptNeoLayerState } {
  const { hiddenSize, intermediateSize, normEps } = config;
  const rows = x.length / hiddenSize;
  expectSize('x.length / hiddenSize', rows);
  checkGptNeoLayerWeights(config, weights);
  const { trace } = options;
  const normDims = { rows, width: hiddenSize, eps: normEps };

  const n1 = layerNorm(normDims, x, weights.ln1Weight, weights.ln1Bias);
  trace?.('ln1', [rows, hiddenSize], n1);
  const mixed = attentionOf(config, weights, n1, options);
  const middle = sum(x, mixed.out);

  const n2 = layerNorm(normDims, middle, weights.ln2Weight, weights.ln2Bias);
  trace?.('ln2', [rows, hiddenSize], n2);
  const inner = linear({ rows, dIn: hiddenSize, dOut: intermediateSize }, n2, weights.fcWeight, weights.fcBias);
  const active = inner.map(geluNew);
  trace?.('mlp', [rows, intermediateSize], active);
  const mlp = linear({ rows, dIn: intermediateSize, dOut: hiddenSize }, active, weights.projWeight, weights.projBias);
  trace?.('mlpOut', [rows, hiddenSize], mlp);
  return { out: sum(middle, mlp), state: mixed.state };
}

/** The attention with its four projections. */
function attentionOf(
  { hiddenSize, nHead, windowSize }: GptNeoConfig,
  weights: GptNeoLayerWeights,
  normed: Float64Array,
  { kind, state, attend = attentionEager, trace }: GptNeoBlockOptions,
): { out: Float64Array; state: GptNeoLayerState } {
  const seqLen = normed.length / hiddenSize;
  const kept = state ?? { k: new Float64Array(), v: new Float64Array() };
  const position = kept.k.length / hiddenSize;
  const headDim = hiddenSize / nHead;
  const dims = { rows: seqLen, dIn: hiddenSize, dOut: hiddenSize };
  const q = linear(dims, normed, weights.qProjWeight);
  const k = joined(kept.k, linear(dims, normed, weights.kProjWeight));
  const v = joined(kept.v, linear(dims, normed, weights.vProjWeight));

  const window = kind === 'local' ? windowSize : undefined;
  const y = attend({ seqLen, position, nHead, headDim, q, k, v, window });
  const out = linear(dims, y, weights.outProjWeight, weights.outProjBias);
  trace?.('q', [seqLen, nHead, headDim], q);
  trace?.('k', [position + seqLen, nHead, headDim], k);
  trace?.('v', [position + seqLen, nHead, headDim], v);
  trace?.('attention', [seqLen, nHead, headDim], y);
  trace?.('attentionOut', [seqLen, hiddenSize], out);
  return { out, state: { k, v } };
}

function sum(a: Floats, b: Float64Array): Float64Array {
  return b.map((value, i) => a[i]! + value);
}

/** The rows that were kept, and the new ones behind them. */
function joined(kept: Float64Array, rows: Float64Array): Float64Array {
  const all = new Float64Array(kept.length + rows.length);
  all.set(kept);
  all.set(rows, kept.length);
  return all;
}
