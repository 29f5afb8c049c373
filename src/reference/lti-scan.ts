/**
 * A diagonal LTI SSM by a parallel scan. It needs no time-invariance, which is why Mamba keeps this way of the three.
 */
import { add, complexAt, multiply, scale } from './complex.ts';
import type { Lti, LtiOutput } from './lti.ts';
import { ltiInitialState, ltiRead } from './lti.ts';
import type { ComplexAffine, Scan } from './monoid.ts';
import { complexAffine } from './monoid.ts';
import { scanBlelloch } from './scan-blelloch.ts';
import type { Floats } from './types.ts';

/**
 * The recurrence as an inclusive scan over the affine maps h ↦ Ā_n·h + B̄_n·u_t, one scan for each state.
 *
 * @param u (seqLen)
 * @param h0 (dState, 2) or absent; it enters the first map, whose b becomes Ā·h0 + B̄·u_0
 * @param scan any inclusive scan
 * @throws RangeError when a length does not fit
 */
export function ltiScan(system: Lti, u: Floats, h0?: Floats, scan: Scan = scanBlelloch): LtiOutput {
  const start = ltiInitialState(system, h0);
  const states = Array.from(u, () => new Float64Array(start.length));
  for (let n = 0; n < start.length / 2; n++) {
    const a = complexAt(system.aBar, n);
    const steps = Array.from(u, (input, t): ComplexAffine => {
      const b = scale(input, complexAt(system.bBar, n));
      return [a, t === 0 ? add(multiply(a, complexAt(start, n)), b) : b];
    });
    scan(complexAffine, steps).forEach(([, h], t) => {
      states[t]!.set(h, 2 * n);
    });
  }
  const y = Float64Array.from(u, (input, t) => ltiRead(system, states[t]!) + system.D * input);
  return { y, hLast: states.at(-1) ?? start };
}
