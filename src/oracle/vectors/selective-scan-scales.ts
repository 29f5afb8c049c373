/**
 * Scales for the selective scan of the vectors: its tokens (scan-scales.ts) one after the other.
 */
import type { SelectiveScanInput } from '../../reference/selective-scan-input.ts';
import { sequenceBounds } from '../../reference/selective-scan-input.ts';
import { gateOf } from '../operations/selective-scan-errors.ts';
import { advance, firstStates, moduliOf, readOf, treeSummed, twice } from './scan-scales.ts';
import type { ExpName } from './vector-case.ts';

export interface ScanScales {
  readonly y: Float64Array; // (seqLen, dInner)
  readonly hLast: Float64Array; // (sequences, dInner, dState), for complex numbers twice
}

/** Scales of y and hLast in the arithmetic of this exp. */
export function selectiveScanScales(input: SelectiveScanInput, exp: ExpName): ScanScales {
  const moduli = moduliOf(input, exp);
  const { arithmetic } = moduli;
  const { seqLen, dInner, dState, cuSeqlens } = input;
  const sequences = sequenceBounds(seqLen, cuSeqlens);
  const y = new Float64Array(seqLen * dInner);
  const hLast = new Float64Array(sequences.length * dInner * dState);
  sequences.forEach(({ start, end }, s) => {
    for (let d = 0; d < dInner; d++) {
      let h = firstStates(moduli, s, d);
      const largest = h.map(({ size }) => size);
      const summed = () => h.map((state, n) => treeSummed(moduli, state, largest[n]!));
      for (let t = start; t < end; t++) {
        h = advance(moduli, h, t, d);
        h.forEach(({ size }, n) => {
          largest[n] = Math.max(largest[n]!, size);
        });
        const out = readOf(moduli, summed(), t, d);
        const gate = gateOf({ ...input, arithmetic }, t, d);
        y[t * dInner + d] = (gate === undefined ? out : arithmetic.times(out, gate)).error;
      }
      const last = start === end ? h : summed();
      hLast.set(
        last.map(({ error }) => error),
        (s * dInner + d) * dState,
      );
    }
  });
  return { y, hLast: input.complex ? twice(hLast) : hLast };
}
