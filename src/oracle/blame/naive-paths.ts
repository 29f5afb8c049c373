/**
 * By which ways a gradient of the naive scan goes: what mistakes leave of r = Ā·h[t−1], φ, φ′ and φ + ΔA·φ′ in it.
 */
import type { MistakeName } from './mistakes.ts';
import type { NaiveScan } from './naive-scan.ts';
import type { MetToken } from './naive-states.ts';
import { lossOf, remaining } from './narrow.ts';
import type { Pair } from './pair.ts';
import { add, scale, times, zero } from './pair.ts';

/** @returns A·r and φ + ΔA·φ′ of dΔ, Δ·r + Δ²·bX·φ′ of dA, and φ. @param a A of the state, bX its B times x */
export function pathsOf(
  q: NaiveScan,
  mistake: MistakeName | undefined,
  token: MetToken,
  [a, bX]: readonly [Pair, Pair],
) {
  const { delta, before } = token;
  const factors = factorsOf(mistake, token, a);
  const decayed = mistake === 'dA and dDelta without Ā' ? before : decayedOf(q, mistake, token, bX);
  const byDecay = mistake === 'dDelta without the path of Ā' ? zero : times(a, decayed);
  const r = mistake === 'dA without Ā' ? before : decayed;
  const byA = add(scale(delta, r), scale(delta * delta, times(bX, factors.slope)));
  return { byDecay, byA, phi: factors.phi, byStep: factors.byStep };
}

function factorsOf(mistake: MistakeName | undefined, { delta, phi, slope, byStep }: MetToken, a: Pair) {
  const bySlope = times(scale(delta, a), slope);
  if (mistake === 'φ′ left out of the gradients') return { phi, slope: zero, byStep: phi };
  if (mistake === 'φ left out of the gradients') {
    return { phi: [1, 0] as Pair, slope, byStep: add([1, 0], bySlope) };
  }
  if (mistake === 'dDelta without the path of B̄') return { phi, slope, byStep: bySlope };
  return { phi, slope, byStep: mistake === 'dDelta without the path of Ā' ? phi : byStep };
}

/** Ā·h[t−1], or what is left of it in h[t] − B̄x. */
function decayedOf(q: NaiveScan, mistake: MistakeName | undefined, token: MetToken, bX: Pair): Pair {
  const { aBar, before, delta, phi } = token;
  const [re, im] = times(aBar, before);
  if (mistake !== 'Ā·h[t−1] as h[t] − B̄x') return [re, im];
  const [inRe, inIm] = scale(delta, times(phi, bX));
  const { signs } = lossOf(q.variant);
  return [remaining(re, inRe, signs), remaining(im, inIm, signs)];
}
