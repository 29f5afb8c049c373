/**
 * SiLU (swish): the block's activation after the convolution, and its gate (paper, §3.4, Figure 3).
 */
import { sigmoid } from './softplus.ts';

/**
 * silu(x) = x·σ(x) = x/(1 + exp(−x)). The form x·exp(x)/(1 + exp(x)) gives NaN from x = 710 on.
 * At ∞ it is ∞/1 = ∞; at −∞ the quotient is −∞/∞: NaN, though the limit is 0.
 */
export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

/** d silu / dx = σ(x)·(1 + x·(1 − σ(x))). At ±∞ a product is 0·∞: NaN, though the limits are 1 and 0. */
export function siluBackward(x: number): number {
  const s = sigmoid(x);
  return s * (1 + x * (1 - s));
}
