/**
 * The discretization rules of the second implementation, with a planted mistake.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Mistake } from './mistakes.ts';

export function wrongDiscretize({ rule, delta, A, B }: Problems['discretize'], mistake: Mistake): Result {
  const numbers = Array.from(delta, (step, i) => ({ v: step * A[i]!, deltaB: step * B[i]! }));
  const swapped = mistake === 'the rule of B̄ swapped' ? ({ zoh: 'mamba', mamba: 'zoh' } as const)[rule as 'zoh'] : rule;
  return {
    aBar: numbers.map(({ v }) => aBarOf(rule, v, mistake)),
    bBar: numbers.map(({ v, deltaB }) => deltaB * bFactorOf(swapped ?? rule, v, mistake)),
  };
}

type Rule = Problems['discretize']['rule'];

/** How far into the step the bilinear rule reads its slope. */
function alphaOf(mistake: Mistake): number {
  return mistake === 'Euler backward for bilinear' ? 1 : 0.5;
}

function aBarOf(rule: Rule, v: number, mistake: Mistake): number {
  const alpha = alphaOf(mistake);
  if (rule === 'bilinear') return (1 + (1 - alpha) * v) / (1 - alpha * v);
  if (rule === 'euler' && mistake !== 'exp for Euler’s Ā') return 1 + v;
  return Math.exp(v);
}

function bFactorOf(rule: Rule, v: number, mistake: Mistake): number {
  if (rule === 'bilinear') return 1 / (1 - alphaOf(mistake) * v);
  if (rule !== 'zoh' || v === 0) return 1;
  return (mistake === 'expm1 by exp − 1 in float32' ? Math.fround(Math.exp(v)) - 1 : Math.expm1(v)) / v;
}
