/**
 * What a state kept in a narrow dtype (float16, bfloat16) costs: each token's state is rounded once, by at most u of it,
 * or half of float16's smallest number, and that error is carried on as the state is.
 *
 *   E_t = (1 + u)·|Ā_t|·E_{t−1} + M_t + 2^−14      y: Σ_n |C|·E, by the gate      in units of the state's u, 2^−11 for float16
 *
 * M is the recurrence on magnitudes; (1 + u)·E is for the rounding of what is off already.
 */
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { indexC, sequenceBounds, stepSize } from '../../reference/selective-scan-input.ts';
import { silu } from '../../reference/silu.ts';
import type { Value } from '../running-error.ts';
import { smallestHalf } from './narrowest-state.ts';
import type { Moduli } from './scan-scales.ts';
import { advance, firstStates, moduliOf, twice } from './scan-scales.ts';
import type { ScanScales } from './selective-scan-scales.ts';

/** @param u of the state's dtype; with 0 the error is that of first order */
export function narrowStateScales(input: SelectiveScanInput, u: number): ScanScales {
  const moduli = moduliOf(input, 'strict');
  const { seqLen, dInner, dState, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(sequences.length * dInner * dState);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      let h = firstStates(moduli, s, d);
      let errors = h.map(({ size }) => size + smallestHalf); // h0 is rounded when it is taken in
      for (let t = start; t < end; t++) {
        h = advance(moduli, h, t, d);
        errors = carried(moduli, errors, h, { t, d, u });
        y[t * dInner + d] = readError(moduli, errors, t, d);
      }
      hLast.set(errors, (s * dInner + d) * dState);
    }
  });
  return { y, hLast: input.complex ? twice(hLast) : hLast };
}

interface Place {
  readonly t: number;
  readonly d: number;
  readonly u: number;
}

function carried({ input, realA }: Moduli, errors: readonly number[], h: readonly Value[], { t, d, u }: Place) {
  const delta = stepSize(input, t, d);
  return errors.map((error, n) => {
    const kept = Math.exp(delta * realA[d * input.dState + n]!) * error;
    return (1 + u) * kept + h[n]!.size + smallestHalf;
  });
}

function readError({ input, C }: Moduli, errors: readonly number[], t: number, d: number): number {
  const c = indexC(input, t, d);
  const sum = errors.reduce((total, error, n) => total + C[c + n]! * error, 0);
  const gate = input.z === undefined ? 1 : Math.abs(silu(input.z[t * input.dInner + d]!));
  return (input.complex ? 2 : 1) * sum * gate;
}
