/**
 * Running error analysis: each value's magnitude and, beside it, what the roundings on its way add up to, at worst and
 * to first order, in units of u. Source: Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), §3.3.
 *
 *   product  E₁·M₂ + M₁·E₂ + M₁·M₂, and half of the smallest float32 in case it underflows
 *   sum      E₁ + E₂ + M₁ + M₂ (a sum below 2⁻¹²⁶ is exact)
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

export const exactly = (value: number): Value => ({ size: Math.abs(value), error: 0 });

/** A function's result that is off by so many ulp; an ulp is at most 2u. */
export function within(ulps: number, value: number): Value {
  const size = Math.abs(value);
  return { size, error: ulps * (2 * size + smallest) };
}

export function times(p: Value, q: Value): Value {
  const size = p.size * q.size;
  return { size, error: p.error * q.size + p.size * q.error + size + smallest / 2 };
}

export function plus(p: Value, q: Value): Value {
  const size = p.size + q.size;
  return { size, error: p.error + q.error + size };
}

/** A sum of many, in which each value meets at most `depth` additions. */
export function sumOf(values: readonly Value[], depth: number): Value {
  const size = values.reduce((total, value) => total + value.size, 0);
  return { size, error: values.reduce((total, value) => total + value.error, 0) + depth * size };
}
