/** The four discretizations of numbers side by side, each a model of its own. */
import type { Scratch } from '../scratch.ts';
import type { Value } from '../value.ts';

export const discretizationRules = { zoh: 0, bilinear: 1, euler: 2, mamba: 3 } as const;

export interface ResidentModels {
  readonly rule: keyof typeof discretizationRules;
  /** ≥ 1 */
  readonly length: number;
  readonly delta: Value;
  readonly A: Value;
  readonly B: Value;
}

export function discretize(scratch: Scratch, { rule, length, delta, A, B }: ResidentModels) {
  const code = discretizationRules[rule];
  return {
    aBar: scratch.call('aBar', [length], delta, A, code),
    bBar: scratch.call('bBar', [length], delta, A, B, code),
  };
}
