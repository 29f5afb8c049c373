import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import { selectiveScan, selectiveScanStep } from '../../src/reference/selective-scan.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { silu } from '../../src/reference/silu.ts';
import { softplus } from '../../src/reference/softplus.ts';
import { grid } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { selectiveScanProblems, slice } from './selective-scan-problems.ts';

const anyProblem = fc.oneof(selectiveScanProblems(), selectiveScanProblems({ complex: true, mostTokens: 9 }));
const unpacked = fc.oneof(
  selectiveScanProblems({ packed: false }),
  selectiveScanProblems({ complex: true, mostTokens: 9, packed: false }),
);

/** One channel, one state, one token after another: the smallest problem in which each operand counts. */
const small: SelectiveScanInput = {
  seqLen: 2,
  dInner: 1,
  dState: 1,
  x: Float64Array.of(2, 3),
  delta: Float64Array.of(0.5, 0.25),
  A: Float64Array.of(-1),
  B: Float64Array.of(4, 5),
  C: Float64Array.of(6, 7),
};

describe('by hand', () => {
  test('h = exp(ΔA)·h + Δ·B·x, and y reads the new state', () => {
    const { y, hLast } = selectiveScan(small);
    const h0 = 0.5 * 4 * 2;
    const h1 = Math.exp(-0.25) * h0 + 0.25 * 5 * 3;
    expectIdentical(y, [6 * h0, 7 * h1]);
    expectIdentical(hLast, [h1]);
  });

  test('the initial state decays once before the first token is added', () => {
    const { y } = selectiveScan({ ...small, h0: Float64Array.of(8) });
    expect(y[0]).toBe(6 * (Math.exp(-0.5) * 8 + 0.5 * 4 * 2));
  });

  test('the bias is added before the softplus', () => {
    const { y } = selectiveScan({ ...small, deltaBias: Float64Array.of(0.75), deltaSoftplus: true });
    expect(y[0]).toBe(6 * (softplus(0.5 + 0.75) * 4 * 2));
  });

  test('without softplus the bias alone moves the step', () => {
    const { y } = selectiveScan({ ...small, deltaBias: Float64Array.of(0.75) });
    expect(y[0]).toBe(6 * (1.25 * 4 * 2));
  });

  test('D·x is inside the gate: y = (C·h + D·x)·silu(z)', () => {
    const { y } = selectiveScan({ ...small, D: Float64Array.of(10), z: Float64Array.of(1.5, -1) });
    expect(y[0]).toBe((6 * 4 + 10 * 2) * silu(1.5));
  });

  test('`mamba` takes B̄ = Δ·B, `zoh` B̄ = (exp(ΔA) − 1)/A·B', () => {
    const rules = { mamba: discretizeMamba, zoh: discretizeZoh };
    for (const [discretization, rule] of Object.entries(rules)) {
      const { bBar } = rule(0.5, -1, 4);
      const { y } = selectiveScan({ ...small, discretization: discretization as keyof typeof rules });
      expect(y[0]).toBe(6 * (bBar * 2));
    }
    expect(selectiveScan(small).y[0]).toBe(6 * 4);
  });

  test('channel d reads group ⌊d/(dInner/groups)⌋: neighbours share, nothing is tiled', () => {
    const { y } = selectiveScan({
      ...{ seqLen: 1, dInner: 4, dState: 1, groups: 2 },
      x: Float64Array.of(1, 1, 1, 1),
      delta: Float64Array.of(1, 1, 1, 1),
      A: new Float64Array(4),
      B: Float64Array.of(2, 3),
      C: Float64Array.of(5, 7),
    });
    expectIdentical(y, [10, 10, 21, 21]);
  });

  test('a complex A gives y = 2·Re(C·h)', () => {
    const { y, hLast } = selectiveScan({
      ...small,
      complex: true,
      seqLen: 1,
      x: Float64Array.of(2),
      delta: Float64Array.of(0.5),
      A: Float64Array.of(-1, 3),
      B: Float64Array.of(4, 1),
      C: Float64Array.of(6, 5),
      h0: Float64Array.of(1, 2),
    });
    const [re, im] = [Math.exp(-0.5) * Math.cos(1.5), Math.exp(-0.5) * Math.sin(1.5)];
    const h = [re * 1 - im * 2 + 4, re * 2 + im * 1 + 1];
    expectWithin(hLast, h, { k: 8, scale: 8 });
    expectWithin(y, [2 * (6 * h[0]! - 5 * h[1]!)], { k: 8, scale: 100 });
  });
});

describe('laws', () => {
  test('a prefix, then the rest from its state, equals all at once, bit for bit', () => {
    fc.assert(
      fc.property(unpacked, fc.nat(), (problem, pick) => {
        const cut = pick % (problem.seqLen + 1);
        const all = selectiveScan(problem);
        const first = selectiveScan(slice(problem, 0, cut, problem.h0 && Float64Array.from(problem.h0)));
        const rest = selectiveScan(slice(problem, cut, problem.seqLen, first.hLast));
        expectIdentical([...first.y, ...rest.y], all.y);
        expectIdentical(rest.hLast, all.hLast);
      }),
    );
  });

  test('step by step equals all at once, bit for bit', () => {
    fc.assert(
      fc.property(unpacked, (problem) => {
        const all = selectiveScan(problem);
        let { hLast: h } = selectiveScan(slice(problem, 0, 0, problem.h0 && Float64Array.from(problem.h0)));
        const y: number[] = [];
        for (let t = 0; t < problem.seqLen; t++) {
          const next = selectiveScanStep(slice(problem, t, t + 1, undefined), h);
          y.push(...next.y);
          h = next.h;
        }
        expectIdentical(y, all.y);
        expectIdentical(h, all.hLast);
      }),
    );
  });

  test('packed equals a loop over the sequences, each with its own initial and last state, bit for bit', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const packed = selectiveScan(problem);
        const bounds = Array.from(problem.cuSeqlens ?? [0, problem.seqLen]);
        const size = packed.hLast.length / (bounds.length - 1);
        const y: number[] = [];
        for (let s = 0; s + 1 < bounds.length; s++) {
          const h0 = problem.h0 && Float64Array.from(problem.h0.slice(s * size, (s + 1) * size));
          const alone = selectiveScan(slice(problem, bounds[s]!, bounds[s + 1]!, h0));
          y.push(...alone.y);
          expectIdentical(packed.hLast.slice(s * size, (s + 1) * size), alone.hLast);
        }
        expectIdentical(y, packed.y);
      }),
    );
  });

  test('causality: what changes at token t leaves every y before t bit-identical', () => {
    fc.assert(
      fc.property(anyProblem, fc.nat(), (problem, pick) => {
        const { seqLen, dInner } = problem;
        const t = pick % (seqLen + 1);
        const x = problem.x.map((value, i) => (i >= t * dInner ? value + 1 : value));
        const delta = problem.delta.map((value, i) => (i >= t * dInner ? 2 * value : value));
        const changed = selectiveScan({ ...problem, x, delta });
        expectIdentical(changed.y.slice(0, t * dInner), selectiveScan(problem).y.slice(0, t * dInner));
      }),
    );
  });

  test('doubling x and h0 doubles y and the last state, bit for bit (linearity)', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const double = { ...problem, x: problem.x.map((v) => 2 * v), h0: problem.h0?.map((v) => 2 * v) };
        const once = selectiveScan(problem);
        const twice = selectiveScan(double);
        expectIdentical(
          twice.y,
          once.y.map((v) => 2 * v),
        );
        expectIdentical(
          twice.hLast,
          once.hLast.map((v) => 2 * v),
        );
      }),
    );
  });

  test('channels do not meet: reversing their order reverses the outputs, bit for bit', () => {
    fc.assert(
      fc.property(selectiveScanProblems({ packed: false }), (drawn) => {
        const problem = { ...drawn, groups: 1, constantB: false, constantC: false };
        const { seqLen, dInner, dState } = problem;
        const B = drawn.x.length === 0 ? new Float64Array(seqLen * dState) : gridLike(seqLen * dState, drawn.x);
        const straight = selectiveScan({ ...problem, B, C: B });
        const flip = (array: ArrayLike<number>, width: number) => {
          const rows = Array.from({ length: array.length / (dInner * width) }, (_, t) => t);
          return Float64Array.from(
            rows.flatMap((t) =>
              Array.from({ length: dInner }, (_, d) => dInner - 1 - d).flatMap((d) =>
                Array.from({ length: width }, (_, n) => array[(t * dInner + d) * width + n]!),
              ),
            ),
          );
        };
        if (dInner === 0 || dState === 0) return;
        const { x, delta, A, D, z, deltaBias, h0 } = problem;
        const flipped = selectiveScan({
          ...problem,
          ...{ B, C: B, x: flip(x, 1), delta: flip(delta, 1), A: flip(A, dState) },
          ...{ D: D && flip(D, 1), z: z && flip(z, 1), deltaBias: deltaBias && flip(deltaBias, 1) },
          h0: h0 && flip(h0, dState),
        });
        expectIdentical(flipped.y, flip(straight.y, 1));
        expectIdentical(flipped.hLast, flip(straight.hLast, dState));
      }),
    );
  });

  test('a constant B or C is a variable one with a group a channel that repeats itself', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const { seqLen, dInner, B, C, constantB, constantC } = problem;
        if (!constantB || !constantC || dInner === 0) return;
        const repeat = (array: ArrayLike<number>) =>
          Float64Array.from({ length: seqLen * array.length }, (_, i) => array[i % array.length]!);
        const variable = { constantB: false, constantC: false, groups: dInner, B: repeat(B), C: repeat(C) };
        const expected = selectiveScan(problem);
        const actual = selectiveScan({ ...problem, ...variable });
        expectIdentical(actual.y, expected.y);
        expectIdentical(actual.hLast, expected.hLast);
      }),
    );
  });

  test('a complex scan of real numbers is twice the real one', () => {
    fc.assert(
      fc.property(selectiveScanProblems({ gate: false }), (drawn) => {
        const problem = { ...drawn, D: undefined };
        const pair = (array: ArrayLike<number>) => Float64Array.from(Array.from(array).flatMap((v) => [v, 0]));
        const complex = selectiveScan({
          ...problem,
          ...{ complex: true, A: pair(problem.A), B: pair(problem.B), C: pair(problem.C) },
          h0: problem.h0 && pair(problem.h0),
        });
        const real = selectiveScan(problem);
        const scale = real.y.map((v) => 64 + 64 * Math.abs(v));
        expectWithin(
          complex.y,
          real.y.map((v) => 2 * v),
          { k: 16, scale },
        );
      }),
    );
  });

  test('Δ → 0 keeps the state: with Δ = 0 it stays bit for bit, whatever comes in', () => {
    fc.assert(
      fc.property(selectiveScanProblems({ packed: false }), grid(2), (problem, value) => {
        const h0 = new Float64Array(problem.dInner * problem.dState).fill(value);
        const still = { delta: problem.delta.map(() => 0), deltaBias: undefined, deltaSoftplus: false, h0 };
        expectIdentical(selectiveScan({ ...problem, ...still }).hLast, h0);
      }),
    );
  });

  test('Δ → 0 under softplus: at delta = −800 it is 0, and the state stays', () => {
    const h0 = Float64Array.of(3);
    const still = { ...small, delta: Float64Array.of(-800, -800), deltaSoftplus: true, h0 };
    expectIdentical(selectiveScan(still).hLast, [3]);
  });

  test('Δ → ∞ forgets: the last state is the one without h0, bit for bit, and under zoh it is −B·x/A', () => {
    fc.assert(
      fc.property(grid(4), grid(4), (h, x) => {
        const forgetful = { ...small, x: Float64Array.of(x, x), delta: Float64Array.of(800, 800) };
        const remembered = selectiveScan({ ...forgetful, h0: Float64Array.of(h) }).hLast;
        expectIdentical(remembered, selectiveScan(forgetful).hLast);
        const held = selectiveScan({ ...forgetful, h0: Float64Array.of(h), discretization: 'zoh' }).hLast;
        expectWithin(held, [5 * x], { k: 4, scale: 5 * Math.abs(x) });
      }),
    );
  });

  test('no token: an empty y, and the initial state comes back', () => {
    const none = new Float64Array(0);
    const empty = { ...small, seqLen: 0, x: none, delta: none, B: none, C: none };
    expectIdentical(selectiveScan(empty).y, []);
    expectIdentical(selectiveScan(empty).hLast, [0]);
    expectIdentical(selectiveScan({ ...empty, h0: Float64Array.of(9) }).hLast, [9]);
  });

  test('no operand is written to, and no state is shared with the result', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const before = JSON.stringify(problem);
        const { hLast, y } = selectiveScan(problem);
        hLast.fill(99);
        y.fill(99);
        expect(JSON.stringify(problem)).toBe(before);
      }),
    );
  });

  test('float32 operands are read as the numbers they are', () => {
    const narrow = { ...small, x: Float32Array.of(2, 3), h0: Float32Array.of(1) };
    const wide = { ...small, h0: Float64Array.of(1) };
    expectIdentical(selectiveScan(narrow).y, selectiveScan(wide).y);
    expect(selectiveScan({ ...narrow, seqLen: 0, cuSeqlens: [0, 0], ...emptyTokens }).hLast).toBeInstanceOf(
      Float64Array,
    );
  });

  test('NaN in x at token t reaches its own channel from t on, and nothing else', () => {
    const { y } = selectiveScan({
      ...{ seqLen: 3, dInner: 2, dState: 1 },
      x: Float64Array.of(1, 1, Number.NaN, 1, 1, 1),
      delta: new Float64Array(6).fill(0.5),
      A: Float64Array.of(-1, -1),
      B: Float64Array.of(1, 1, 1),
      C: Float64Array.of(1, 1, 1),
    });
    expect(Array.from(y, Number.isNaN)).toEqual([false, false, true, false, true, false]);
  });
});

const emptyTokens = {
  x: new Float64Array(0),
  delta: new Float64Array(0),
  B: new Float64Array(0),
  C: new Float64Array(0),
};

/** `length` numbers made of those in `source`, over and over. */
function gridLike(length: number, source: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length }, (_, i) => source[i % source.length]!);
}

describe('wrong operands are refused by name', () => {
  const zeros = (length: number) => new Float64Array(length);
  const good: SelectiveScanInput = {
    ...{ seqLen: 3, dInner: 4, dState: 2, groups: 2 },
    ...{ x: zeros(12), delta: zeros(12), A: zeros(8), B: zeros(12), C: zeros(12) },
  };
  const cases: [string, Partial<SelectiveScanInput>, string][] = [
    ['seqLen', { seqLen: 1.5 }, '"seqLen" expected an integer ≥ 0, got 1.5'],
    ['dInner', { dInner: -1 }, '"dInner" expected an integer ≥ 0, got -1'],
    ['dState', { dState: Number.NaN }, '"dState" expected an integer ≥ 0, got NaN'],
    ['groups 0', { groups: 0 }, '"groups" expected an integer ≥ 1, got 0'],
    ['groups 3', { groups: 3 }, '"groups" expected a divisor of dInner 4, got 3'],
    ['x', { x: zeros(11) }, '"x" expected length 12 (seqLen 3 × dInner 4), got 11'],
    ['delta', { delta: zeros(13) }, '"delta" expected length 12 (seqLen 3 × dInner 4), got 13'],
    ['A', { A: zeros(7) }, '"A" expected length 8 (dInner 4 × dState 2), got 7'],
    ['B', { B: zeros(8) }, '"B" expected length 12 (seqLen 3 × groups 2 × dState 2), got 8'],
    ['C', { C: zeros(8) }, '"C" expected length 12 (seqLen 3 × groups 2 × dState 2), got 8'],
    ['constant B', { constantB: true }, '"B" expected length 8 (dInner 4 × dState 2), got 12'],
    ['constant C', { constantC: true }, '"C" expected length 8 (dInner 4 × dState 2), got 12'],
    ['complex A', { complex: true }, '"A" expected length 16 (dInner 4 × dState 2 × re, im 2), got 8'],
    ['D', { D: zeros(3) }, '"D" expected length 4 (dInner 4), got 3'],
    ['z', { z: zeros(4) }, '"z" expected length 12 (seqLen 3 × dInner 4), got 4'],
    ['deltaBias', { deltaBias: zeros(1) }, '"deltaBias" expected length 4 (dInner 4), got 1'],
    ['h0', { h0: zeros(4) }, '"h0" expected length 8 (sequences 1 × dInner 4 × dState 2), got 4'],
    [
      'h0 of packed sequences',
      { h0: zeros(8), cuSeqlens: [0, 1, 3] },
      '"h0" expected length 16 (sequences 2 × dInner 4 × dState 2), got 8',
    ],
    ...[[], [0], [1, 3], [0, 2], [0, 2, 1, 3], [0, 1.5, 3], [0, Number.NaN, 3]].map(
      (cuSeqlens): [string, Partial<SelectiveScanInput>, string] => [
        `cuSeqlens [${cuSeqlens}]`,
        { cuSeqlens },
        `"cuSeqlens" expected integers rising from 0 to seqLen 3, got [${cuSeqlens.join(', ')}]`,
      ],
    ),
    ['discretization', { discretization: 'foh' as never }, '"discretization" expected mamba or zoh, got foh'],
    ['discretization', { discretization: 'toString' as never }, '"discretization" expected mamba or zoh, got toString'],
  ];
  test.each(cases)('%s', (_, change, message) => {
    expect(() => selectiveScan({ ...good, ...change })).toThrow(new RangeError(message));
  });

  test('cuSeqlens [0]: no sequence at all is no packing, even of no tokens', () => {
    const empty = { ...good, seqLen: 0, ...emptyTokens, cuSeqlens: [0] };
    const message = '"cuSeqlens" expected integers rising from 0 to seqLen 0, got [0]';
    expect(() => selectiveScan(empty)).toThrow(new RangeError(message));
  });

  test('the good operands pass', () => {
    expectIdentical(selectiveScan(good).y, zeros(12));
    expectIdentical(selectiveScan({ ...good, cuSeqlens: [0, 0, 3, 3] }).hLast, zeros(24));
  });
});
