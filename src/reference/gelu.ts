/**
 * GELU in the form of GPT-2 and GPT-Neo (`gelu_new`): the activation inside the MLP.
 */

/** √(2/π): the slope at 0 of tanh's argument, chosen so that the two forms have the same slope there. */
const slope = Math.sqrt(2 / Math.PI);

/**
 * gelu(x) = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
 *
 * Stands for x·Φ(x), Φ the normal distribution, from which it is at most 4.8e-4 away: another function to a golden.
 * Source: Hendrycks & Gimpel, arXiv:1606.08415, §2.
 *
 * Rounding: 1 + tanh cancels where x is negative, so the error is some u·|x|, not u·|gelu(x)|; from −7.3 on it is −0.
 * At ∞ it is ∞; at −∞ it is −∞·0: NaN, though the limit is 0.
 */
export function geluNew(x: number): number {
  return 0.5 * x * (1 + Math.tanh(slope * (x + 0.044715 * x * x * x)));
}
