/**
 * Shader arithmetic at its worst: float32 in which every function is off by as much as WGSL allows, in one direction, in
 * the other, or as it comes, and in which what lies below 2⁻¹²⁶ is 0.
 */

/** Which way the errors of exp, log, sqrt and quotients go: 1 up, −1 down. */
export type Lean = () => number;

export const leans: Readonly<Record<string, () => Lean>> = {
  'too large': () => () => 1,
  'too small': () => () => -1,
  alternating: () => {
    let sign = 1;
    return () => {
      sign = -sign;
      return sign;
    };
  },
};

export class Shader {
  readonly #lean: Lean;

  constructor(lean: Lean) {
    this.#lean = lean;
  }

  add(a: number, b: number): number {
    return flushed(Math.fround(a + b));
  }

  multiply(a: number, b: number): number {
    return flushed(Math.fround(a * b));
  }

  divide(a: number, b: number): number {
    return this.#off(a / b, 2.5);
  }

  exp(x: number): number {
    return this.#off(Math.exp(x), 3 + 2 * Math.abs(x));
  }

  /** Outside [½, 2] 3 ulp, inside 2⁻²¹. */
  log(x: number): number {
    if (!(x >= 0.5 && x <= 2)) return this.#off(Math.log(x), 3);
    return flushed(Math.fround(Math.log(x) + this.#lean() * 2 ** -21 * (1 - 2 ** -4)));
  }

  sqrt(x: number): number {
    return this.divide(1, this.#off(1 / Math.sqrt(x), 2));
  }

  /** Terms in order. */
  sum(terms: readonly number[]): number {
    return terms.reduce((total, term) => this.add(total, term), 0);
  }

  log1p(e: number): number {
    const s = this.divide(e, this.add(2, e));
    const q = this.multiply(s, s);
    let p = 0;
    for (let k = 17; k >= 1; k -= 2) p = this.add(Math.fround(1 / k), this.multiply(q, p));
    return this.multiply(2 * s, p);
  }

  softplus(x: number): number {
    return this.add(Math.max(x, 0), this.log1p(this.exp(-Math.abs(x))));
  }

  sigmoid(x: number): number {
    const e = this.exp(-Math.abs(x));
    return this.divide(x < 0 ? e : 1, this.add(1, e));
  }

  silu(x: number): number {
    return this.multiply(x, this.sigmoid(x));
  }

  /** (exp(v) − 1)/v, below |v| = ½ by its series. */
  phi(v: number): number {
    if (Math.abs(v) >= 0.5) return this.divide(this.add(this.exp(v), -1), v);
    let sum = 1;
    for (let k = 10; k >= 2; k--) sum = this.add(1, this.divide(this.multiply(v, sum), k));
    return sum;
  }

  /** Half an ulp is left for the rounding. */
  #off(value: number, ulps: number): number {
    if (value === 0 || !Number.isFinite(value)) return value;
    const ulp = 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(value))) - 23);
    return flushed(Math.fround(value + this.#lean() * (ulps - 0.5) * ulp));
  }
}

function flushed(value: number): number {
  return Math.abs(value) < 2 ** -126 ? 0 : value;
}
