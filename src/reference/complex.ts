/**
 * Complex numbers as pairs [re, im], for the complex A of S4D and of Mamba's complex variant (paper, §3.6).
 * Arrays of them carry a trailing axis of 2. Names are verbs of arithmetic; nothing here knows about state spaces.
 */

export type Complex = readonly [re: number, im: number];

export const zero: Complex = [0, 0];
export const one: Complex = [1, 0];

export function add([a, b]: Complex, [c, d]: Complex): Complex {
  return [a + c, b + d];
}

export function subtract([a, b]: Complex, [c, d]: Complex): Complex {
  return [a - c, b - d];
}

/** (a + bi)(c + di) = (ac − bd) + (ad + bc)i */
export function multiply([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

export function scale(s: number, [a, b]: Complex): Complex {
  return [s * a, s * b];
}

export function conjugate([a, b]: Complex): Complex {
  return [a, -b];
}

/**
 * z / w by Smith's method: dividing by the larger of |re w|, |im w| first keeps |w|² from overflowing.
 * Source: R. L. Smith, Algorithm 116: Complex division, CACM 5(8), 1962.
 */
export function divide([a, b]: Complex, [c, d]: Complex): Complex {
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const denominator = c + d * ratio;
    return [(a + b * ratio) / denominator, (b - a * ratio) / denominator];
  }
  const ratio = c / d;
  const denominator = c * ratio + d;
  return [(a * ratio + b) / denominator, (b * ratio - a) / denominator];
}

/** exp(a + bi) = exp(a)·(cos b + i·sin b) */
export function exp([a, b]: Complex): Complex {
  const magnitude = Math.exp(a);
  return [magnitude * Math.cos(b), magnitude * Math.sin(b)];
}

export function absolute([a, b]: Complex): number {
  return Math.hypot(a, b);
}

/** The i-th complex number of an array with a trailing (re, im) axis. */
export function complexAt(data: ArrayLike<number>, i: number): Complex {
  return [data[2 * i]!, data[2 * i + 1]!];
}

/** Adds z to the i-th complex number of `data`. */
export function addInto(data: Float64Array, i: number, [re, im]: Complex): void {
  data[2 * i]! += re;
  data[2 * i + 1]! += im;
}
