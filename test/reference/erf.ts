/**
 * The normal distribution by its series, for telling GELU's two forms apart.
 */

/** erf(x) = 2/√π·exp(−x²)·Σ_n 2^n·x^(2n+1)/(1·3·…·(2n+1)): all terms have one sign. (DLMF 7.6.2) */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 − erf(6) = 2e-17
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** x·Φ(x), which geluNew stands for. */
export function geluByErf(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}
