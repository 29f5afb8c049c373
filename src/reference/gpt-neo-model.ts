/**
 * The whole of GPT-Neo: tokens and positions, layers, the last norm, logits. The Transformer that Mamba is measured
 * against; it reads the same ids and gives the same kind of answer as mamba-model.ts.
 */
import type { Attention } from './attention.ts';
import { embedding } from './embedding.ts';
import { gptNeoBlock } from './gpt-neo-block.ts';
import { checkGptNeoState, emptyGptNeoState, expectRoom } from './gpt-neo-state.ts';
import type { GptNeoConfig, GptNeoLayerState, GptNeoState, GptNeoWeights } from './gpt-neo-types.ts';
import { checkGptNeoWeights } from './gpt-neo-weights.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import type { Trace } from './mamba-block.ts';
import type { Floats } from './types.ts';

export interface GptNeoOptions {
  /** Where to continue; default: nothing read yet. */
  readonly state?: GptNeoState | undefined;
  /** Which form of attention; default: the eager one. */
  readonly attend?: Attention | undefined;
  /** Sees every intermediate; those of layer i are called `layers.i.NAME`. */
  readonly trace?: Trace | undefined;
}

/**
 * Reads a sequence.
 *
 *   r[t] = wte[ids[t]] + wpe[position + t]
 *   for each layer: r = gptNeoBlock(r)
 *   hidden = layerNorm(r)
 *
 * @param ids token ids (seqLen); none at all is allowed and leaves the state as it is
 * @returns hidden (seqLen, hiddenSize), for {@link gptNeoModelLogits}, and the state after the last token
 * @throws RangeError for an id outside the vocabulary, a token beyond the last position, or a length that does not fit
 */
export function gptNeoModelForward(
  config: GptNeoConfig,
  weights: GptNeoWeights,
  ids: ArrayLike<number>,
  { state = emptyGptNeoState(config), attend, trace }: GptNeoOptions = {},
): { hidden: Float64Array; state: GptNeoState } {
  const { hiddenSize, normEps } = config;
  const rows = ids.length;
  checkGptNeoWeights(config, weights);
  checkGptNeoState(config, state);
  expectRoom(config, state.position, rows);

  let residual = tokensAndPositions(config, weights, ids, state.position);
  trace?.('embedding', [rows, hiddenSize], residual);
  const layers: GptNeoLayerState[] = [];
  weights.layers.forEach((layer, i) => {
    const traceLayer: Trace | undefined = trace && ((name, ...rest) => trace(`layers.${i}.${name}`, ...rest));
    const kind = config.attentionKinds[i]!;
    const next = gptNeoBlock(config, layer, residual, { kind, state: state.layers[i], attend, trace: traceLayer });
    residual = next.out;
    traceLayer?.('residual', [rows, hiddenSize], residual);
    layers.push(next.state);
  });
  const hidden = layerNorm({ rows, width: hiddenSize, eps: normEps }, residual, weights.lnFWeight, weights.lnFBias);
  trace?.('hidden', [rows, hiddenSize], hidden);
  return { hidden, state: { position: state.position + rows, layers } };
}

/**
 * logits[t,i] = Σ_j wte[i,j]·hidden[t,j]: the head is the table of tokens, without a bias
 *
 * @param hidden (rows, hiddenSize), from {@link gptNeoModelForward}
 * @returns logits (rows, vocabSize)
 */
export function gptNeoModelLogits(config: GptNeoConfig, weights: GptNeoWeights, hidden: Floats): Float64Array {
  const { hiddenSize, vocabSize } = config;
  return linear({ rows: hidden.length / hiddenSize, dIn: hiddenSize, dOut: vocabSize }, hidden, weights.wteWeight);
}

/** One token: logits (vocabSize) for the token after it, and the new state. */
export function gptNeoModelStep(
  config: GptNeoConfig,
  weights: GptNeoWeights,
  id: number,
  state: GptNeoState,
): { logits: Float64Array; state: GptNeoState } {
  const next = gptNeoModelForward(config, weights, [id], { state });
  return { logits: gptNeoModelLogits(config, weights, next.hidden), state: next.state };
}

/** r[t] = wte[ids[t]] + wpe[position + t] */
function tokensAndPositions(
  { vocabSize, maxPositions, hiddenSize }: GptNeoConfig,
  { wteWeight, wpeWeight }: GptNeoWeights,
  ids: ArrayLike<number>,
  position: number,
): Float64Array {
  const places = Array.from({ length: ids.length }, (_, t) => position + t);
  const tokens = embedding({ vocabSize, dModel: hiddenSize }, ids, wteWeight);
  const positions = embedding({ vocabSize: maxPositions, dModel: hiddenSize }, places, wpeWeight);
  return tokens.map((value, i) => value + positions[i]!);
}
