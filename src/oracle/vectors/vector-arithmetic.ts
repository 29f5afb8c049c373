/**
 * What the budgets of the vectors count, beyond arithmetic.ts and gpu-arithmetic.ts: an implementation from elsewhere may
 * sum over n in any order, form silu as a product, and scan by any tree.
 *
 * exp is counted by the true distance of neighbours and not by 2u: for results in [½, 1), where a state that decays slowly
 * multiplies them thousands of times, an ulp is u and not 2u, and a biased exp could hide in the difference.
 */
import type { Arithmetic } from '../arithmetic.ts';
import { strict } from '../arithmetic.ts';
import { gpu } from '../gpu-arithmetic.ts';
import type { ExpName } from './vector-case.ts';

/** Sums of n terms in any order meet at most n additions. silu(x) = x·σ(x) rounds once more than x/(1 + exp(−x)). */
const anyOrder = { statesDepth: (dState: number) => dState };

export const vectorArithmetic: { readonly [E in ExpName]: Arithmetic } = {
  strict: {
    ...strict,
    ...anyOrder,
    silu: (x) => {
      const { size, error } = strict.silu(x);
      return { size, error: error + size };
    },
  },
  gpu: { ...gpu, ...anyOrder },
};

/** Roundings of sin or cos, within 2 ulp. */
export const trigonometric = 4;

/** Those of exp(b·i): sin and cos, and their argument's rounding. */
export const turn = 2 * trigonometric + 1;

/** Additions on any path through a balanced tree over so many leaves: up, down, at the leaf, and for the initial state. */
export function treeDepth(seqLen: number): number {
  let levels = 0;
  while (2 ** levels < seqLen + 1) levels++;
  return 2 * levels + 2;
}

const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);

/** One ulp of exp's result, in units of u: 2^(e + 1) for a size in [2^e, 2^(e+1)). */
export function ulpOf(size: number): number {
  word[0] = size * (1 + 2 ** -20); // the rounded result may lie in the next binade
  const exponent = ((halves[littleEndian ? 1 : 0]! >>> 20) & 0x7ff) - 1023;
  return 2 ** (exponent + 1);
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
