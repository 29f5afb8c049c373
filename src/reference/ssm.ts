/**
 * SSM(Ā, B̄, C)(x), the last line of the paper's Algorithms 1 and 2: many channels side by side, real and diagonal.
 *
 *   h_t = Ā∘h_{t−1} + B̄·x_t     y_t = Σ_n C[n]·h_t[n]     h_{−1} = 0, y reads the new state
 *
 * Source: the Mamba paper, eq. 2 and Algorithms 1 and 2. No D, gate or initial state: those belong to `selectiveScan`.
 */
import type { Discrete, DiscretizationRule } from './discretize.ts';
import { expectShape } from './shapes.ts';
import type { Floats } from './types.ts';

export interface SsmDims {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dState: number;
}

export interface InvariantDiscretizationInput {
  readonly dInner: number;
  readonly dState: number;
  readonly delta: Floats; // (dInner)
  readonly A: Floats; // (dInner, dState)
  readonly B: Floats; // (dInner, dState)
  readonly rule: DiscretizationRule;
}

/**
 * Algorithm 1, line 5: (Ā[d,n], B̄[d,n]) = rule(Δ[d], A[d,n], B[d,n]). Line 5 of Algorithm 2 is `discretizeSelective`.
 *
 * @returns aBar, bBar (dInner, dState)
 * @throws RangeError when a length does not fit
 */
export function discretizeInvariant(input: InvariantDiscretizationInput): Discrete<Float64Array> {
  const { dInner, dState, delta, A, B, rule } = input;
  expectShape('delta', delta, { dInner });
  expectShape('A', A, { dInner, dState });
  expectShape('B', B, { dInner, dState });
  const entries = Array.from(A, (a, i) => rule(delta[Math.floor(i / dState)]!, a, B[i]!));
  return {
    aBar: Float64Array.from(entries, ({ aBar }) => aBar),
    bBar: Float64Array.from(entries, ({ bBar }) => bBar),
  };
}

/**
 * Algorithm 1, line 6: the same Ā, B̄ and C at every t.
 *
 * @param discrete aBar, bBar (dInner, dState)
 * @param C (dInner, dState)
 * @param x (seqLen, dInner)
 * @returns y (seqLen, dInner)
 * @throws RangeError when a length does not fit
 */
export function ssmInvariant(dims: SsmDims, discrete: Discrete<Floats>, C: Floats, x: Floats): Float64Array {
  const { seqLen, dInner, dState } = dims;
  expectShape('aBar', discrete.aBar, { dInner, dState });
  expectShape('bBar', discrete.bBar, { dInner, dState });
  expectShape('C', C, { dInner, dState });
  expectShape('x', x, { seqLen, dInner });

  const h = new Float64Array(dInner * dState);
  const y = new Float64Array(seqLen * dInner);
  for (let t = 0; t < seqLen; t++) {
    for (let d = 0; d < dInner; d++) {
      for (let n = 0; n < dState; n++) {
        const state = d * dState + n;
        h[state] = discrete.aBar[state]! * h[state]! + discrete.bBar[state]! * x[t * dInner + d]!;
        y[t * dInner + d]! += C[state]! * h[state]!;
      }
    }
  }
  return y;
}

/**
 * Algorithm 2, line 6: Ā, B̄ and C differ from token to token, so that no convolution kernel exists.
 *
 * @param discrete aBar, bBar (seqLen, dInner, dState)
 * @param C (seqLen, dState), shared by all channels
 * @param x (seqLen, dInner)
 * @returns y (seqLen, dInner)
 * @throws RangeError when a length does not fit
 */
export function ssmSelective(dims: SsmDims, discrete: Discrete<Floats>, C: Floats, x: Floats): Float64Array {
  const { seqLen, dInner, dState } = dims;
  expectShape('aBar', discrete.aBar, { seqLen, dInner, dState });
  expectShape('bBar', discrete.bBar, { seqLen, dInner, dState });
  expectShape('C', C, { seqLen, dState });
  expectShape('x', x, { seqLen, dInner });

  const h = new Float64Array(dInner * dState);
  const y = new Float64Array(seqLen * dInner);
  for (let t = 0; t < seqLen; t++) {
    for (let d = 0; d < dInner; d++) {
      for (let n = 0; n < dState; n++) {
        const state = d * dState + n;
        const i = t * dInner * dState + state;
        h[state] = discrete.aBar[i]! * h[state]! + discrete.bBar[i]! * x[t * dInner + d]!;
        y[t * dInner + d]! += C[t * dState + n]! * h[state]!;
      }
    }
  }
  return y;
}
