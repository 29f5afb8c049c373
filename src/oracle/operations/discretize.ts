/**
 * Discretization of scalar state space models, number by number: (Δ, A, B) → (Ā, B̄).
 */
import type { DiscretizationRule } from '../../reference/discretize.ts';
import {
  discretizeBilinear,
  discretizeEuler,
  discretizeMamba,
  discretizeZoh,
  expm1Over,
} from '../../reference/discretize.ts';
import type { Arithmetic } from '../arithmetic.ts';
import type { Operation, Problem } from '../operation.ts';
import { phiCondition } from './selective-scan-errors.ts';

export type RuleName = keyof typeof rules;

export interface DiscretizeProblem extends Problem {
  readonly rule: RuleName;
  readonly delta: Float32Array; // (length)
  readonly A: Float32Array; // (length)
  readonly B: Float32Array; // (length)
}

interface Rule {
  readonly truth: DiscretizationRule;
  /** What the roundings of Ā add up to at ΔA = v, in units of u. */
  readonly aError: (v: number, arithmetic: Arithmetic) => number;
  /** The same for B̄, relative to ΔB. */
  readonly bError: (v: number, arithmetic: Arithmetic) => number;
}

/** fl(ΔA) is off by u·|v|, which exp makes relative; an ulp of exp itself is 2u. */
const expError = (v: number, { expUlps }: Arithmetic) => Math.exp(v) * (Math.abs(v) + 2 * expUlps(v));

const rules = {
  /** φ, ΔA by φ's condition, two products. */
  zoh: {
    truth: discretizeZoh,
    aError: expError,
    bError: (v, { phiRoundings }) => expm1Over(v) * (phiRoundings(v) + phiCondition(v) + 2),
  },
  /** Ā: numerator and denominator are each off by ½|v| (ΔA) and by a sum; the quotient. B̄: ΔB instead of the first. */
  bilinear: {
    truth: discretizeBilinear,
    aError: (v, { division }) =>
      Math.abs((1 + v / 2) / (1 - v / 2)) * (division + relativeSum(-v / 2)) + sumError(v / 2) / Math.abs(1 - v / 2),
    bError: (v, { division }) => (1 + division + relativeSum(-v / 2)) / Math.abs(1 - v / 2),
  },
  /** ΔA and the sum; ΔB. */
  euler: { truth: discretizeEuler, aError: sumError, bError: () => 1 },
  mamba: { truth: discretizeMamba, aError: expError, bError: () => 1 },
} as const satisfies Record<string, Rule>;

/** Of fl(1 + w), where w is off by u·|w|. */
function sumError(w: number): number {
  return Math.abs(w) + Math.abs(1 + w);
}

function relativeSum(w: number): number {
  return sumError(w) / Math.abs(1 + w);
}

export const discretize: Operation<DiscretizeProblem> = {
  /** Mostly decay; where A may be positive ΔA stays below ½, far from the bilinear rule's pole at 2. */
  draw(random, most) {
    const length = random.size(2 * most);
    const decays = random.integer(0, 3) > 0;
    const A = random.floats(length, decays ? random.pick([0.3, 1, 8]) : 0.1);
    return {
      rule: random.pick(['zoh', 'bilinear', 'euler', 'mamba']),
      delta: random.floats(length, decays ? random.pick([0.3, 1, 4, 50]) : 1).map(Math.abs),
      A: decays ? A.map((a) => -Math.abs(a)) : A,
      B: random.floats(length),
      gaps: {},
    };
  },

  truth({ rule, delta, A, B }, arithmetic) {
    const { truth, aError, bError }: Rule = rules[rule];
    const shape = { i: delta.length };
    const pairs = Array.from(delta, (step, i) => truth(step, A[i]!, B[i]!));
    const v = Array.from(delta, (step, i) => step * A[i]!);
    const underflow = arithmetic.lost(1);
    const aScale = v.map((deltaA) => aError(deltaA, arithmetic) + underflow);
    const bScale = v.map(
      (deltaA, i) => Math.abs(delta[i]! * B[i]!) * bError(deltaA, arithmetic) + underflow * (1 + Math.abs(B[i]!)),
    );
    return [
      { name: 'aBar', shape, value: pairs.map(({ aBar }) => aBar), scale: aScale },
      { name: 'bBar', shape, value: pairs.map(({ bBar }) => bBar), scale: bScale },
    ];
  },
};
