/**
 * The states that the gradients of the scan meet, computed forward once more, with mistakes to switch on.
 */
import type { MistakeName } from './mistakes.ts';
import { coarsePhiSlope, naivePhiSlope } from './naive-factor.ts';
import type { Place } from './naive-operands.ts';
import { naiveStep, placeOfB, placeOfC } from './naive-operands.ts';
import type { NaiveScan } from './naive-scan.ts';
import { conjugated, discretized, holds } from './naive-scan.ts';
import { lossOf, otherExpBy, storedBy } from './narrow.ts';
import type { Pair } from './pair.ts';
import { add, at, scale, times, zero } from './pair.ts';

/** One token of one state. */
export interface MetToken {
  /** Where the gradients by B and C go. */
  readonly b: number;
  readonly c: number;
  readonly delta: number;
  readonly aBar: Pair;
  readonly phi: Pair;
  /** φ′ and φ + ΔA·φ′, which is exp(ΔA). */
  readonly slope: Pair;
  readonly byStep: Pair;
  readonly B: Pair;
  readonly C: Pair;
  readonly before: Pair;
  readonly after: Pair;
}

/** Every token of state i = d·dState + n, in whatever sequence. */
export function metTokens(q: NaiveScan, mistake: MistakeName | undefined, i: number): readonly MetToken[] {
  const { cuSeqlens, complex, dInner, dState, variant = 1 } = q;
  const met: MetToken[] = [];
  let state = zero;
  for (let s = 0; s + 1 < cuSeqlens.length; s++) {
    const leaks = mistake === 'state not reset between sequences' && s > 0;
    const place = mistake === 'h0 of the first sequence for all' ? i : s * dInner * dState + i;
    if (!leaks) state = q.h0 === undefined ? zero : at(q.h0, place, complex);
    const start = cuSeqlens[s]!;
    for (let t = start; t < cuSeqlens[s + 1]!; t++) {
      const cut = mistake === 'a chunk begins from nothing' && t > start && (t - start) % variant === 0;
      const token = metToken(q, mistake, { start, t, d: Math.floor(i / dState), n: i % dState }, cut ? zero : state);
      state = token.after;
      met.push(token);
    }
  }
  return met;
}

function metToken(q: NaiveScan, mistake: MistakeName | undefined, place: Place, before: Pair): MetToken {
  const { t, d, n } = place;
  const stored = storedBy(mistake, q.variant);
  const delta = naiveStep(q, mistake, t * q.dInner + d);
  const z = scale(delta, at(q.A, d * q.dState + n, q.complex));
  const { aBar, phi } = discretized(q, mistake, z);
  const { slope, byStep } = slopes(q, mistake, z, { aBar, phi });
  const B = at(q.B, placeOfB(q, mistake, place), q.complex);
  const C = conjugated(at(q.C, placeOfC(q, mistake, place), q.complex), mistake);
  const [re, im] = add(times(aBar, before), scale(delta * q.x[t * q.dInner + d]!, times(phi, B)));
  // What is read in a wrong place is written there, or where it belongs.
  const written = q.variant === 2 ? undefined : mistake;
  const [b, c] = [placeOfB(q, written, place), placeOfC(q, written, place)];
  return { b, c, delta, aBar, phi, slope, byStep, B, C, before, after: [stored(re), stored(im)] };
}

type Bars = Pick<MetToken, 'aBar' | 'phi'>;

/** φ′ and φ + ΔA·φ′ */
function slopes(q: NaiveScan, mistake: MistakeName | undefined, z: Pair, { aBar, phi }: Bars) {
  if (!holds(q, mistake)) return { slope: zero, byStep: phi };
  const { form, signs } = lossOf(q.variant);
  if (mistake !== 'expm1 as exp − 1' || form === 1)
    return { slope: naivePhiSlope(z, otherExpBy(mistake, q.variant)), byStep: aBar };
  const slope = form === 2 ? coarsePhiSlope(z, signs) : naivePhiSlope(z);
  return { slope, byStep: add(phi, times(z, slope)) };
}
