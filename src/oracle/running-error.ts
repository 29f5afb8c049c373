/**
 * Running error analysis: each value's magnitude and, beside it, what the roundings on its way add up to, at worst and
 * to first order, in units of u. Source: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), §3.3.
 *
 *   product  E₁·M₂ + M₁·E₂ + M₁·M₂, and half of the smallest float32 in case it underflows
 *   sum      E₁ + E₂ + M₁ + M₂ (a sum below 2⁻¹²⁶ is exact, unless it is flushed to zero)
 *
 * Terms in u² are left out: bounds made of these carry a factor of 1.01 (bounds.ts).
 */

/** A magnitude and the error it may carry, in units of u. */
export interface Value {
  readonly size: number;
  readonly error: number;
}

/** The gap between float32 below 2⁻¹²⁶, 2⁻¹⁴⁹, in units of u: a result down there is off by so much a ulp. */
export const smallest = 2 ** -125;

/** Operations on values that carry their errors. */
export interface Roundings {
  /** What a result of so many ulp may be off by below 2⁻¹²⁶, in units of u. */
  lost(ulps: number): number;
  /** A function's result that is off by so many ulp; an ulp is at most 2u. */
  within(ulps: number, value: number): Value;
  times(p: Value, q: Value): Value;
  plus(p: Value, q: Value): Value;
  /** A sum of many, in which each value meets at most `depth` additions. */
  sumOf(values: readonly Value[], depth: number): Value;
}

export const exactly = (value: number): Value => ({ size: Math.abs(value), error: 0 });

/** @param flush what a result below 2⁻¹²⁶ loses where it becomes 0, in units of u; 0 where it does not */
export function roundingsOf(flush: number): Roundings {
  const lost = (ulps: number) => Math.max(ulps * smallest, flush);
  return {
    lost,
    within(ulps, value) {
      const size = Math.abs(value);
      return { size, error: 2 * ulps * size + lost(ulps) };
    },
    times(p, q) {
      const size = p.size * q.size;
      return { size, error: p.error * q.size + p.size * q.error + size + lost(1 / 2) };
    },
    plus(p, q) {
      const size = p.size + q.size;
      return { size, error: p.error + q.error + size + lost(0) };
    },
    sumOf(values, depth) {
      const size = values.reduce((total, value) => total + value.size, 0);
      const errors = values.reduce((total, value) => total + value.error, 0);
      return { size, error: errors + depth * size + values.length * lost(0) };
    },
  };
}
