/**
 * softplus, the τ_Δ of the paper's Algorithm 2: it makes the step size Δ positive.
 */

/** Above this input softplus(x) is x, as in upstream. The jump there is log1p(exp(−20)) = 2.06e-9. */
export const softplusCut = 20;

/**
 * softplus(x) = log(1 + exp(x)).
 *
 *   softplus(x) = x              for x > 20
 *                 log1p(exp(x))  otherwise
 *
 * The cut follows PyTorch's F.softplus (threshold 20), which upstream uses; the form without a cut,
 * max(x, 0) + log1p(exp(−|x|)), differs by less than 2.1e-9. The cut also keeps exp(x) from overflowing.
 * log1p matters below: log(1 + exp(x)) loses half of its digits at x = −18 and all of them below −37.
 */
export function softplus(x: number): number {
  return x > softplusCut ? x : Math.log1p(Math.exp(x));
}

/** d softplus / dx = σ(x) = 1/(1 + exp(−x)) below the cut, 1 above it. */
export function softplusBackward(x: number): number {
  return x > softplusCut ? 1 : sigmoid(x);
}

/** σ(x) = 1/(1 + exp(−x)); exp overflows to Infinity for x < −709, and 1/Infinity = 0 is right. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** x with softplus(x) = y, for y > 0: log(exp(y) − 1) = y + log(−expm1(−y)), which stays accurate for small y. */
export function softplusInverse(y: number): number {
  return y + Math.log(-Math.expm1(-y));
}
