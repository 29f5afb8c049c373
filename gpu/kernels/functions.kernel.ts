/**
 * Functions that kernels call. GPU.js reads them as text: no imports, no closures, one exit.
 *
 * exp is the device's own, within (3 + 2|x|) ulp (WGSL and GLSL ES); log1p and expm1 are not: GPU.js turns them into
 * log(1 + x) and exp(x) − 1, which lose every digit of small results.
 */

/** log(1 + e) for 0 ≤ e ≤ 1: 2·atanh(s), s = e/(2 + e) ≤ 1/3, by its series up to s¹⁷ (the next term is below 2⁻³¹). */
export function log1pOf(e: number): number {
  const s = e / (2 + e);
  const q = s * s;
  return (
    2 *
    s *
    (1 +
      q *
        (0.3333333333 +
          q *
            (0.2 +
              q *
                (0.1428571429 +
                  q *
                    (0.1111111111 + q * (0.0909090909 + q * (0.0769230769 + q * (0.0666666667 + q * 0.0588235294))))))))
  );
}

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(−|x|)). */
export function softplusOf(x: number): number {
  return Math.max(x, 0) + log1pOf(Math.exp(-Math.abs(x)));
}

/** 1/(1 + exp(−x)), by exp of what is not positive. */
export function sigmoidOf(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

/** x·σ(x). */
export function siluOf(x: number): number {
  return x * sigmoidOf(x);
}

/** φ(v) = (exp(v) − 1)/v; below |v| = ½ its series Σ vᵏ/(k + 1)! up to v⁹. */
export function phiOf(v: number): number {
  const series =
    1 +
    v *
      (0.5 +
        v *
          (0.1666666667 +
            v *
              (0.0416666667 +
                v *
                  (0.0083333333 +
                    v *
                      (0.0013888889 +
                        v *
                          (0.00019841269843 +
                            v * (0.0000248015873 + v * (0.0000027557319 + v * 0.00000027557319))))))));
  const safe = Math.abs(v) < 0.5 ? 1 : v;
  return Math.abs(v) < 0.5 ? series : (Math.exp(safe) - 1) / safe;
}
