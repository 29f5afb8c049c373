/**
 * φ(z) = (exp(z) − 1)/z and its derivative for the naive programs: near 0 by their series, elsewhere as they stand there.
 *
 *   φ(z) = Σ z^k/(k + 1)!     φ′(z) = Σ (k + 1)·z^k/(k + 2)!
 */
import { remaining } from './narrow.ts';
import type { Pair } from './pair.ts';
import { add, scale, times } from './pair.ts';

/** Terms that count where |z| < 1: 1/21! is below 2^−64. */
const terms = 20;

/** @param exp a wrong one, maybe: of real numbers expm1 is taken */
export function naivePhi(z: Pair, exp = Math.exp): Pair {
  if (z[1] === 0 && z[0] !== 0) return [Math.expm1(z[0]) / z[0], 0];
  if (Math.hypot(...z) >= 1) return over(add(naiveExp(z, exp), [-1, 0]), z);
  let [sum, term]: [Pair, Pair] = [
    [1, 0],
    [1, 0],
  ];
  for (let k = 1; k < terms; k++) {
    term = scale(1 / (k + 1), times(term, z));
    sum = add(sum, term);
  }
  return sum;
}

export function naivePhiSlope(z: Pair, exp = Math.exp): Pair {
  if (Math.hypot(...z) >= 1) return over(add(naiveExp(z, exp), scale(-1, naivePhi(z, exp))), z);
  let [sum, term]: [Pair, Pair] = [
    [1 / 2, 0],
    [1 / 2, 0],
  ];
  for (let k = 1; k < terms; k++) {
    term = scale(1 / (k + 2), times(term, z));
    sum = add(sum, scale(k + 1, term));
  }
  return sum;
}

export function naiveExp([re, im]: Pair, exp = Math.exp): Pair {
  const size = exp(re);
  return im === 0 ? [size, 0] : [size * Math.cos(im), size * Math.sin(im)];
}

/** What float32 may leave of (exp(z) − 1)/z: what is below the last bit of a number near 1 is lost. @param signs of remaining */
export function coarsePhi(z: Pair, signs: number): Pair {
  if (z[0] === 0 && z[1] === 0) return [1, 0];
  const [re, im] = times(z, naivePhi(z));
  return over([remaining(re, 1, signs), im], z);
}

/** (exp(z) − φ)/z with that φ, which loses more. */
export function coarsePhiSlope(z: Pair, signs: number): Pair {
  if (z[0] === 0 && z[1] === 0) return [1 / 2, 0];
  return over(add(naiveExp(z), scale(-1, coarsePhi(z, signs))), z);
}

function over([a, b]: Pair, [c, d]: Pair): Pair {
  if (d === 0) return [a / c, b / c];
  const size = c * c + d * d;
  return [(a * c + b * d) / size, (b * c - a * d) / size];
}
