/**
 * φ(z) = (exp(z) − 1)/z and φ′(z) to 320 bits, from their power series in integers: truth for the float64 ones.
 */
import type { Complex } from '../../src/reference/complex.ts';

/** Bits after the point. Enough for |z| ≤ 64, where terms grow to exp(64) and the sums may be as small as 1/64². */
const bits = 320n;
const unit = 1n << bits;

/** A complex number times 2^320, as integers. */
export type Exact = readonly [re: bigint, im: bigint];

/** φ(z) = Σ_k z^k/(k + 1)! */
export function exactPhi(z: Complex): Exact {
  return series(z, (k) => k + 1n);
}

/** φ′(z) = Σ_k z^k/(k!·(k + 2)) */
export function exactPhiDerivative(z: Complex): Exact {
  return series(z, (k) => k + 2n);
}

/** Σ_k (z^k/k!)/divisor(k) */
function series(z: Complex, divisor: (k: bigint) => bigint): Exact {
  const [a, b] = exact(z);
  let [termRe, termIm] = [unit, 0n];
  let [sumRe, sumIm] = [0n, 0n];
  for (let k = 0n; termRe !== 0n || termIm !== 0n; k++) {
    sumRe += termRe / divisor(k);
    sumIm += termIm / divisor(k);
    [termRe, termIm] = [(termRe * a - termIm * b) / unit / (k + 1n), (termRe * b + termIm * a) / unit / (k + 1n)];
  }
  return [sumRe, sumIm];
}

/** A double without any rounding: |x| must be 0 or a multiple of 2^−320. */
function exactNumber(x: number): bigint {
  let shift = 0n;
  let scaled = x;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  return (BigInt(scaled) << bits) >> shift;
}

function exact([re, im]: Complex): Exact {
  return [exactNumber(re), exactNumber(im)];
}

/** The nearest double, but for the last bits: 120 of them are kept after the point. */
function toNumber(value: bigint): number {
  return Number(value >> (bits - 120n)) / 2 ** 120;
}

export function rounded([re, im]: Exact): Complex {
  return [toNumber(re), toNumber(im)];
}

/** |actual − truth|, found without cancellation. */
export function distance(actual: Complex, truth: Exact): number {
  const [re, im] = exact(actual);
  return Math.hypot(toNumber(re - truth[0]), toNumber(im - truth[1]));
}
