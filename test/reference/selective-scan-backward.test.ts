import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Affine } from '../../src/reference/monoid.ts';
import { affine } from '../../src/reference/monoid.ts';
import { scanBlelloch } from '../../src/reference/scan-blelloch.ts';
import { scanReverse } from '../../src/reference/scan-reverse.ts';
import { scanSequential } from '../../src/reference/scan-sequential.ts';
import { selectiveScan } from '../../src/reference/selective-scan.ts';
import type { SelectiveScanGradients, SelectiveScanUpstream } from '../../src/reference/selective-scan-backward.ts';
import {
  selectiveScanBackward,
  selectiveScanBackwardRecomputing,
} from '../../src/reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { dot } from '../finite-differences.ts';
import { expectGradient } from './gradient-check.ts';
import { atMost } from './runs.ts';
import { seededGrid } from './seeded-grid.ts';
import type { ProblemOptions } from './selective-scan-problems.ts';
import { selectiveScanProblems, slice } from './selective-scan-problems.ts';
import { expectUntouched } from './untouched.ts';

// The goldens (autograd of the authors' own code) are in golden-scan.test.ts; here stand the laws, and what the
// goldens do not hold: h0, dHLast, packed sequences, zoh.

interface Problem {
  readonly input: SelectiveScanInput;
  readonly upstream: SelectiveScanUpstream & { readonly dY: Float64Array; readonly dHLast: Float64Array | undefined };
}

function problems(options: ProblemOptions = {}): fc.Arbitrary<Problem> {
  return selectiveScanProblems({ mostTokens: 9, ...options }).chain((input) => {
    const { seqLen, dInner, dState, complex, cuSeqlens } = input;
    const states = ((cuSeqlens?.length ?? 2) - 1) * dInner * dState * (complex ? 2 : 1);
    return fc.record({
      input: fc.constant(input),
      upstream: fc.record({
        dY: gridArray(seqLen * dInner),
        dHLast: fc.option(gridArray(states), { nil: undefined }),
      }),
    });
  });
}

const anyProblem = fc.oneof(problems(), problems({ complex: true }));
const unpacked = fc.oneof(problems({ packed: false }), problems({ packed: false, complex: true }));

/** The loss whose gradients selectiveScanBackward returns: ⟨dY, y⟩ + ⟨dHLast, hLast⟩. */
function loss(input: SelectiveScanInput, { dY, dHLast }: Problem['upstream']): number {
  const { y, hLast } = selectiveScan(input);
  return dot(dY, y) + (dHLast === undefined ? 0 : dot(dHLast, hLast));
}

const operands = {
  ...{ x: 'dX', delta: 'dDelta', A: 'dA', B: 'dB', C: 'dC', D: 'dD', z: 'dZ', deltaBias: 'dDeltaBias', h0: 'dH0' },
} as const satisfies Partial<Record<keyof SelectiveScanInput, keyof SelectiveScanGradients>>;
const gradientNames = Object.values(operands);

/** Every gradient by its operand; an absent h0 or deltaBias is a zero one. */
function expectAllGradients({ input, upstream }: Problem, seed: number): void {
  const take = seededGrid(seed);
  const gradients = selectiveScanBackward(input, upstream);
  for (const [operand, name] of Object.entries(operands)) {
    const gradient = gradients[name];
    const given = input[operand as keyof typeof operands];
    if (given === undefined && (operand === 'D' || operand === 'z')) {
      expect(largest(gradient), `${name} without ${operand}`).toBe(0);
      continue;
    }
    const point = given === undefined ? new Float64Array(gradient.length) : Float64Array.from(given);
    expectGradient({
      loss: (p) => loss({ ...input, [operand]: p }, upstream),
      ...{ point, gradient, direction: take(point.length), what: name },
    });
  }
}

function expectIdenticalGradients(actual: SelectiveScanGradients, expected: SelectiveScanGradients): void {
  for (const name of gradientNames) expectIdentical(actual[name], expected[name], name);
}

describe('against finite differences of the forward pass', () => {
  // Some forty forward passes a run: 200 runs see every combination of options.
  const runs = atMost(200);

  test('real A: all nine gradients, packed or not, with h0 and dHLast, under mamba and zoh', () => {
    fc.assert(
      fc.property(problems({ mostTokens: 5 }), fc.nat(), (problem, seed) => expectAllGradients(problem, seed)),
      runs,
    );
  });

  test('complex A: all nine gradients, packed or not, with h0 and dHLast, under mamba and zoh', () => {
    fc.assert(
      fc.property(problems({ complex: true, mostTokens: 5 }), fc.nat(), (problem, seed) =>
        expectAllGradients(problem, seed),
      ),
      runs,
    );
  });

  test('the softplus has slope σ(20) at its cut and exactly 1 above it', () => {
    const at = (delta: number) => ({
      ...{ seqLen: 1, dInner: 1, dState: 1, deltaSoftplus: true, A: Float64Array.of(0), C: Float64Array.of(1) },
      ...{ x: Float64Array.of(1), B: Float64Array.of(1), delta: Float64Array.of(delta) },
    });
    const slope = (delta: number) => selectiveScanBackward(at(delta), { dY: Float64Array.of(1) }).dDelta[0];
    expect(slope(20)).toBe(1 / (1 + Math.exp(-20)));
    expect(slope(20.125)).toBe(1);
  });
});

describe('by hand', () => {
  // One channel, one state, A = 0: h_t = h_{t−1} + Δ_t·B_t·x_t, y_t = C_t·h_t, so everything is a short sum.
  const input: SelectiveScanInput = {
    ...{ seqLen: 2, dInner: 1, dState: 1 },
    ...{ x: Float64Array.of(2, 3), delta: Float64Array.of(0.5, 0.25), A: Float64Array.of(0) },
    ...{ B: Float64Array.of(4, 5), C: Float64Array.of(6, 7), h0: Float64Array.of(10) },
  };
  const upstream = { dY: Float64Array.of(1, 100), dHLast: Float64Array.of(1000) };

  test('without gate and skip', () => {
    const [h0, h1] = [10 + 4, 10 + 4 + 3.75];
    const dh1 = 7 * 100 + 1000;
    const dh0 = 6 * 1 + dh1;
    expectIdenticalGradients(selectiveScanBackward(input, upstream), {
      dX: Float64Array.of(0.5 * 4 * dh0, 0.25 * 5 * dh1),
      dDelta: Float64Array.of(4 * 2 * dh0, 5 * 3 * dh1),
      dA: Float64Array.of(0.5 * 10 * dh0 + 0.25 * h0 * dh1), // dĀ/dA = Δ·Ā at each token, times h_{t−1}
      dB: Float64Array.of(0.5 * 2 * dh0, 0.25 * 3 * dh1),
      dC: Float64Array.of(h0 * 1, h1 * 100),
      ...{ dD: Float64Array.of(0), dZ: Float64Array.of(0, 0) },
      dDeltaBias: Float64Array.of(8 * dh0 + 15 * dh1),
      dH0: Float64Array.of(dh0),
    });
  });

  test('under zoh, dA gains Δ²·B·x·φ′(0) = Δ²·B·x/2 a token', () => {
    const [dh1, dh0] = [1700, 1706];
    const { dA } = selectiveScanBackward(input, upstream);
    const zoh = selectiveScanBackward({ ...input, discretization: 'zoh' }, upstream);
    expectIdentical(zoh.dA, [dA[0]! + (0.25 * 4 * 2 * dh0) / 2 + (0.0625 * 5 * 3 * dh1) / 2]);
  });
});

describe('laws', () => {
  test('the recomputing form equals the storing form bit for bit, for every chunk length 1 … L + 1', () => {
    fc.assert(
      fc.property(anyProblem, ({ input, upstream }) => {
        const stored = selectiveScanBackward(input, upstream);
        for (let chunk = 1; chunk <= input.seqLen + 1; chunk++) {
          expectIdenticalGradients(selectiveScanBackwardRecomputing(input, upstream, chunk), stored);
        }
      }),
    );
  });

  test('no operand is written to, and no gradient shares memory with one', () => {
    fc.assert(
      fc.property(anyProblem, ({ input, upstream }) => {
        expectUntouched([input, upstream], () => {
          const gradients = selectiveScanBackward(input, upstream);
          for (const name of gradientNames) gradients[name].fill(99);
        });
      }),
    );
  });

  test('dh is a reverse scan over the affine monoid with a_t = Ā_{t+1}: bit for bit the sequential one', () => {
    fc.assert(
      fc.property(problems({ packed: false, gate: false }), ({ input, upstream }) => {
        // One channel with x = 1 and Δ a power of two: dB_t = dh_t·Δ_t, from which dh_t is read exactly.
        const { seqLen } = input;
        const delta = Float64Array.from({ length: seqLen }, (_, t) => [0.5, 1, 2][t % 3]!);
        const a = -0.375;
        const c = Float64Array.from({ length: seqLen }, (_, t) => ((5 * t) % 7) - 3);
        const dY = Float64Array.from({ length: seqLen }, (_, t) => upstream.dY[t] ?? 0.625);
        const dHLast = Float64Array.of(upstream.dHLast?.[0] ?? 0);
        const ones = new Float64Array(seqLen).fill(1);
        const { dB, dH0 } = selectiveScanBackward(
          { seqLen, dInner: 1, dState: 1, x: ones, delta, A: Float64Array.of(a), B: ones, C: c },
          { dY, dHLast },
        );
        const elements = Array.from(c, (cT, t): Affine => {
          const last = t === seqLen - 1;
          return [last ? 0 : Math.exp(delta[t + 1]! * a), dY[t]! * cT + (last ? dHLast[0]! : 0)];
        });
        const dh = scanReverse(scanSequential)(affine, elements).map(([, b]) => b);
        expectIdentical(
          dB.map((d, t) => d / delta[t]!),
          dh,
        );
        expect(dH0[0]).toBe(seqLen === 0 ? dHLast[0] : Math.exp(delta[0]! * a) * dh[0]!);
        // Term s of dh_t = Σ_s (Π_{r<s} a_r)·b_s is multiplied s − t times in either form and rounded once each time; it
        // goes through at most s − t sums in the sequential form and 2·log2 P + 1 in the tree.
        const levels = 2 * Math.ceil(Math.log2(Math.max(1, seqLen))) + 1;
        const bound = Float64Array.from({ length: seqLen }, (_, t) => {
          let sum = 0;
          let product = 1;
          for (let s = t; s < seqLen; s++) {
            sum += (3 * (s - t) + levels) * product * Math.abs(elements[s]![1]);
            product *= elements[s]![0];
          }
          return sum;
        });
        const parallel = scanReverse(scanBlelloch)(affine, elements).map(([, b]) => b);
        expectWithin(parallel, dh, { k: 1.01, scale: bound, what: 'dh' }); // 1.01: the terms in u²
      }),
    );
  });

  test('the gradients of a prefix and the rest, chained by dH0 → dHLast, are those of the whole', () => {
    fc.assert(
      fc.property(unpacked, fc.nat(), ({ input, upstream }, pick) => {
        const { seqLen, dInner } = input;
        const cut = pick % (seqLen + 1);
        const whole = selectiveScanBackward(input, upstream);
        const first = slice(input, 0, cut, input.h0 && Float64Array.from(input.h0));
        const rest = slice(input, cut, seqLen, selectiveScan(first).hLast);
        const later = selectiveScanBackward(rest, { ...upstream, dY: upstream.dY.subarray(cut * dInner) });
        const dY = upstream.dY.subarray(0, cut * dInner);
        const earlier = selectiveScanBackward(first, { dY, dHLast: later.dH0 });
        for (const name of ['dX', 'dDelta', 'dZ'] as const) {
          expectIdentical([...earlier[name], ...later[name]], whole[name], name);
        }
        expectIdentical(earlier.dH0, whole.dH0);
        if (!input.constantB) expectIdentical([...earlier.dB, ...later.dB], whole.dB);
        if (!input.constantC) expectIdentical([...earlier.dC, ...later.dC], whole.dC);
      }),
    );
  });

  /** Each packed sequence as a problem of its own. */
  function sequences({ input, upstream }: Problem): Problem[] {
    const bounds = Array.from(input.cuSeqlens!);
    const size = input.dInner * input.dState * (input.complex ? 2 : 1);
    return bounds.slice(1).map((end, s) => {
      const state = <T extends { slice(from: number, to: number): T }>(all: T) => all.slice(s * size, (s + 1) * size);
      const h0 = input.h0 && state(Float64Array.from(input.h0));
      return {
        input: slice(input, bounds[s]!, end, h0),
        upstream: {
          dY: upstream.dY.slice(bounds[s]! * input.dInner, end * input.dInner),
          dHLast: upstream.dHLast && state(upstream.dHLast),
        },
      };
    });
  }

  test('packed equals a loop over the sequences, bit for bit; what they share is the sum over them', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const { input } = problem;
        const packed = selectiveScanBackward(input, problem.upstream);
        const alone = sequences(problem).map((one) => selectiveScanBackward(one.input, one.upstream));
        for (const name of gradientNames) {
          const parts = alone.map((gradients) => gradients[name]);
          const constant = { dB: input.constantB, dC: input.constantC, dA: true, dD: true, dDeltaBias: true };
          if (name in constant && constant[name as keyof typeof constant]) {
            const sum = parts.reduce((total, part) => total.map((v, i) => v + part[i]!));
            // Packed adds token by token, the loop sequence by sequence: seqLen more roundings of partial sums.
            const scale = largest(packed[name]) + Math.max(...parts.map(largest));
            expectWithin(packed[name], sum, { k: 4 * (1 + input.seqLen), scale, what: name });
          } else {
            expectIdentical(
              packed[name],
              parts.flatMap((part) => Array.from(part)),
              name,
            );
          }
        }
      }),
    );
  });

  test('packed equals the sum exactly where all arithmetic is exact (A = 0 on the grid)', () => {
    fc.assert(
      fc.property(problems({ gate: false }), (drawn) => {
        const exact = { A: drawn.input.A.map(() => 0), deltaSoftplus: false, discretization: 'mamba' as const };
        const problem = { ...drawn, input: { ...drawn.input, ...exact } };
        const packed = selectiveScanBackward(problem.input, problem.upstream);
        const alone = sequences(problem).map((one) => selectiveScanBackward(one.input, one.upstream));
        for (const name of ['dA', 'dD', 'dDeltaBias'] as const) {
          const sum = alone.map((part) => part[name]).reduce((total, part) => total.map((v, i) => v + part[i]!));
          expectIdentical(packed[name], sum, name);
        }
      }),
    );
  });

  test('gradients are linear in (dY, dHLast): doubling both doubles them bit for bit', () => {
    fc.assert(
      fc.property(anyProblem, ({ input, upstream }) => {
        const double = { dY: upstream.dY.map((v) => 2 * v), dHLast: upstream.dHLast?.map((v) => 2 * v) };
        const [once, twice] = [selectiveScanBackward(input, upstream), selectiveScanBackward(input, double)];
        for (const name of gradientNames) {
          expectIdentical(
            twice[name],
            once[name].map((v) => 2 * v),
            name,
          );
        }
      }),
    );
  });

  test('without dHLast equals a dHLast of zeros, without h0 an h0 of zeros', () => {
    fc.assert(
      fc.property(anyProblem, ({ input, upstream }) => {
        const { dH0 } = selectiveScanBackward(input, upstream);
        const zeros = new Float64Array(dH0.length);
        expectIdenticalGradients(
          selectiveScanBackward({ ...input, h0: undefined }, { dY: upstream.dY }),
          selectiveScanBackward({ ...input, h0: zeros }, { dY: upstream.dY, dHLast: zeros }),
        );
      }),
    );
  });

  test('anti-causality: what changes in dY at token t leaves every dX, dDelta and dZ after t bit-identical', () => {
    fc.assert(
      fc.property(anyProblem, fc.nat(), ({ input, upstream }, pick) => {
        const after = (1 + (pick % (input.seqLen + 1))) * input.dInner;
        const dY = upstream.dY.map((v, i) => (i < after ? v + 1 : v));
        const [before, changed] = [
          selectiveScanBackward(input, upstream),
          selectiveScanBackward(input, { ...upstream, dY }),
        ];
        for (const name of ['dX', 'dDelta', 'dZ'] as const) {
          expectIdentical(changed[name].subarray(after), before[name].subarray(after), name);
        }
      }),
    );
  });

  test('conjugating A, B, C, h0 and dHLast conjugates their gradients and changes no other, bit for bit', () => {
    fc.assert(
      fc.property(problems({ complex: true }), ({ input, upstream }) => {
        const conjugate = <T extends ArrayLike<number> | undefined>(data: T) =>
          data && Float64Array.from(data, (v, i) => (i % 2 === 0 ? v : -v));
        const { A, B, C, h0 } = input;
        const mirrored = { ...input, A: conjugate(A)!, B: conjugate(B)!, C: conjugate(C)!, h0: conjugate(h0) };
        const plain = selectiveScanBackward(input, upstream);
        const actual = selectiveScanBackward(mirrored, { ...upstream, dHLast: conjugate(upstream.dHLast) });
        for (const name of gradientNames) {
          const complex = name === 'dA' || name === 'dB' || name === 'dC' || name === 'dH0';
          expectIdentical(actual[name], complex ? conjugate(plain[name]) : plain[name], name);
        }
      }),
    );
  });

  test('no token: dH0 is dHLast, all else is zero or empty', () => {
    const none = new Float64Array(0);
    const empty = { seqLen: 0, dInner: 1, dState: 2, x: none, delta: none, B: none, C: none };
    const dHLast = Float64Array.of(3, 4);
    const gradients = selectiveScanBackward({ ...empty, A: Float64Array.of(-1, -2) }, { dY: none, dHLast });
    expectIdentical(gradients.dH0, [3, 4]);
    expect(gradients.dH0).not.toBe(dHLast);
    for (const name of gradientNames) if (name !== 'dH0') expect(largest(gradients[name]), name).toBe(0);
  });

  test('float32 operands and gradients are read as the numbers they are', () => {
    fc.assert(
      fc.property(anyProblem, ({ input, upstream }) => {
        const narrow = <T extends object>(record: T): T =>
          Object.fromEntries(
            Object.entries(record).map(([key, v]) => [key, v instanceof Float64Array ? new Float32Array(v) : v]),
          ) as T;
        expectIdenticalGradients(
          selectiveScanBackward(narrow(input), narrow(upstream)),
          selectiveScanBackward(input, upstream),
        );
      }),
    );
  });
});

describe('wrong operands are refused by name', () => {
  const zeros = (length: number) => new Float64Array(length);
  const good: SelectiveScanInput = {
    ...{ seqLen: 3, dInner: 2, dState: 2 },
    ...{ x: zeros(6), delta: zeros(6), A: zeros(4), B: zeros(6), C: zeros(6) },
  };

  test.each([
    [{ x: zeros(5) }, { dY: zeros(6) }, '"x" expected length 6 (seqLen 3 × dInner 2), got 5'],
    [{ seqLen: Number.NaN }, { dY: zeros(6) }, '"seqLen" expected an integer ≥ 0, got NaN'],
    [{}, { dY: zeros(5) }, '"dY" expected length 6 (seqLen 3 × dInner 2), got 5'],
    [{}, { dY: zeros(6), dHLast: zeros(3) }, '"dHLast" expected length 4 (sequences 1 × state 4), got 3'],
    [
      { cuSeqlens: [0, 1, 3] },
      { dY: zeros(6), dHLast: zeros(4) },
      '"dHLast" expected length 8 (sequences 2 × state 4), got 4',
    ],
    [{ discretization: 'foh' as never }, { dY: zeros(6) }, '"discretization" expected mamba or zoh, got foh'],
  ])('%o, %o', (change, upstream, message) => {
    const error = new RangeError(message);
    expect(() => selectiveScanBackward({ ...good, ...change }, upstream)).toThrow(error);
    expect(() => selectiveScanBackwardRecomputing({ ...good, ...change }, upstream, 2)).toThrow(error);
  });

  test.each([0, -1, 1.5, Number.NaN])('chunk %s', (chunk) => {
    expect(() => selectiveScanBackwardRecomputing(good, { dY: zeros(6) }, chunk)).toThrow(
      new RangeError(`"chunk" expected an integer ≥ 1, got ${chunk}`),
    );
  });
});
