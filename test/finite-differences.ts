/**
 * Gradients checked from outside: a directional derivative by finite differences.
 */

/**
 * The derivative of `loss` at `point` along `direction`, by the five-point rule.
 *
 *   (8·(f(ε) − f(−ε)) − (f(2ε) − f(−2ε))) / 12ε
 *
 * With ε = 2^−10 its truncation error is about ε⁴ ≈ 1e-12 of f's fifth derivative, its rounding error u/ε ≈ 1e-13.
 */
export function derivativeAlong(
  loss: (point: Float64Array) => number,
  point: Float64Array,
  direction: Float64Array,
): number {
  const epsilon = 2 ** -10;
  const at = (step: number) => loss(point.map((p, i) => p + step * epsilon * direction[i]!));
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * epsilon);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
}
