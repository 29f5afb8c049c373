/**
 * How much arithmetic one token takes. A multiply–add counts as two.
 */
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { ModelShape } from './model-shape.ts';

/**
 * Floating-point operations for one new token, its logits included.
 *
 *   Mamba    nLayer·(2·(2·d·I + I·W + I·(R + 2N) + R·I + I·d) + 7·I·N + 3·I) + 2·V·d
 *   GPT-Neo  Σ over layers (2·(4h² + 2·h·F) + 4·h·span) + 2·V·h,   span = the tokens that the layer sees
 *
 * The scan takes 7 for each of its I·N states: Δ·A, exp, Δx·B, Ā·h and its sum, C·h and its sum; 3 a channel are Δ·x, D·x
 * and the gate. Norms, biases and activations are left out: less than 1 % in all published shapes.
 * @param position tokens before this one: they matter to a Transformer only
 */
export function flopsPerToken(shape: ModelShape, position: number): number {
  return shape.kind === 'mamba' ? mambaFlops(shape.config) : gptNeoFlops(shape.config, position);
}

function mambaFlops(config: MambaConfig): number {
  const { vocabSize: V, dModel: d, nLayer, dInner: I, dState: N, dConv: W, dtRank: R } = config;
  const layer = 2 * (2 * d * I + I * W + I * (R + 2 * N) + R * I + I * d) + 7 * I * N + 3 * I;
  return nLayer * layer + 2 * V * d;
}

function gptNeoFlops(config: GptNeoConfig, position: number): number {
  const { vocabSize: V, hiddenSize: h, intermediateSize: F, windowSize, attentionKinds } = config;
  const seen = position + 1; // itself among them
  const layers = attentionKinds.map((kind) => {
    const span = kind === 'global' ? seen : Math.min(seen, windowSize);
    return 2 * (4 * h * h + 2 * h * F) + 4 * h * span; // q·k and the sum of v, 2·h each
  });
  return layers.reduce((sum, flops) => sum + flops, 0) + 2 * V * h;
}
