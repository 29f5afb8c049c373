import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Algorithm1Parameters, Algorithm2Parameters } from '../../src/reference/algorithms.ts';
import { algorithm1, algorithm2 } from '../../src/reference/algorithms.ts';
import { discretizeBilinear, discretizeEuler, discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import { discretizeDiagonal } from '../../src/reference/discretize-complex.ts';
import { ltiConvolution } from '../../src/reference/lti-convolution.ts';
import { softplus } from '../../src/reference/softplus.ts';
import type { SsmDims } from '../../src/reference/ssm.ts';
import { gridArray, lengths } from '../arbitraries.ts';
import { expectIdentical, expectWithin } from '../compare.ts';

const sizes: fc.Arbitrary<SsmDims> = fc.record({
  seqLen: lengths(9),
  dInner: fc.nat(3),
  dState: fc.nat(3),
});

const magnitudes = (values: Float64Array) => values.map((value) => -Math.abs(value));

/** B and C are the same for every channel, so that Algorithm 2 can say the same with constants. */
const constantProblems = sizes.chain((dims) => {
  const { seqLen, dInner, dState } = dims;
  return fc.record({
    dims: fc.constant(dims),
    x: gridArray(seqLen * dInner),
    A: gridArray(dInner * dState).map(magnitudes),
    B: gridArray(dState),
    C: gridArray(dState),
    delta: gridArray(dInner, 3),
  });
});

const repeat = (count: number, values: Float64Array) =>
  Float64Array.from(Array.from({ length: count }, () => [...values]).flat());

/** Algorithm 2 with projections that ignore x. */
function constantProjections(
  { dInner, dState }: SsmDims,
  { A, B, C, delta }: Algorithm1Parameters,
): Algorithm2Parameters {
  const ignoring = new Float64Array(dState * dInner);
  return {
    A,
    linearB: { weight: ignoring, bias: B },
    linearC: { weight: ignoring, bias: C },
    linearDelta: { weight: new Float64Array(dInner) },
    delta,
  };
}

describe.each(Object.entries({ discretizeZoh, discretizeBilinear, discretizeEuler, discretizeMamba }))(
  'by %s',
  (_, rule) => {
    test('Algorithm 2 with constant B, C and Δ is Algorithm 1, bit for bit', () => {
      fc.assert(
        fc.property(constantProblems, ({ dims, x, A, B, C, delta }) => {
          const perChannel = { A, B: repeat(dims.dInner, B), C: repeat(dims.dInner, C), delta };
          const expected = algorithm1(dims, x, perChannel, rule);
          const actual = algorithm2(dims, x, constantProjections(dims, { A, B, C, delta }), rule);
          expectIdentical(actual, expected);
        }),
      );
    });
  },
);

test('Algorithm 1 is one LTI convolution for each channel', () => {
  const problems = sizes.chain((dims) => {
    const { seqLen, dInner, dState } = dims;
    return fc.record({
      dims: fc.constant(dims),
      x: gridArray(seqLen * dInner),
      A: gridArray(dInner * dState).map(magnitudes),
      B: gridArray(dInner * dState),
      C: gridArray(dInner * dState),
      delta: gridArray(dInner, 3),
    });
  });
  fc.assert(
    fc.property(problems, ({ dims, x, A, B, C, delta }) => {
      const { dInner, dState } = dims;
      const y = algorithm1(dims, x, { A, B, C, delta });
      for (let d = 0; d < dInner; d++) {
        const channel = (values: Float64Array) =>
          Float64Array.from([...values.slice(d * dState, (d + 1) * dState)].flatMap((value) => [value, 0]));
        const discrete = discretizeDiagonal(softplus(delta[d]!), channel(A), channel(B));
        const u = x.filter((_, i) => i % dInner === d);
        const expected = ltiConvolution({ ...discrete, C: channel(C), D: 0, kappa: 1 }, u);
        // Σ|C|·|B̄|·Σ|u| ≤ 3·2·(2·3.05)·(9·2)
        expectWithin(
          y.filter((_, i) => i % dInner === d),
          expected.y,
          { k: 128, scale: 660 },
        );
      }
    }),
  );
});

describe('Algorithm 2 by hand', () => {
  const dims = { seqLen: 2, dInner: 2, dState: 1 };
  const x = Float64Array.of(1, 2, 3, 4);
  // s_B = (x·(1, 1)) + 1 = 4, 8; s_C = x·(0, 1) − 1 = 1, 3; s_Δ = x·(1, −1) = −1, −1 for both channels
  const parameters: Algorithm2Parameters = {
    A: Float64Array.of(-0.5, -2),
    linearB: { weight: Float64Array.of(1, 1), bias: Float64Array.of(1) },
    linearC: { weight: Float64Array.of(0, 1), bias: Float64Array.of(-1) },
    linearDelta: { weight: Float64Array.of(1, -1) },
    delta: Float64Array.of(1, 31),
  };
  // Δ = softplus(1 − 1) = log 2 for channel 0, softplus(31 − 1) = 30 for channel 1
  const log2 = softplus(0);

  test('with Euler', () => {
    const first = log2 * 4 * 1;
    const second = (1 - log2 / 2) * first + log2 * 8 * 3;
    const wide = 30 * 4 * 2;
    const wider = -59 * wide + 30 * 8 * 4;
    const y = algorithm2(dims, x, parameters, discretizeEuler);
    expectWithin(y, [first, wide, 3 * second, 3 * wider], { k: 4, scale: [4, 1e3, 128, 1e5] });
  });

  test('with zero-order hold, the default: Ā = 2^−1/2 and B̄ = 2(1 − 2^−1/2)·B in channel 0', () => {
    const aBar = Math.SQRT1_2;
    const gain = 2 * (1 - Math.SQRT1_2);
    const first = gain * 4 * 1;
    const second = aBar * first + gain * 8 * 3;
    const y = algorithm2(dims, x, parameters);
    expectWithin([y[0]!, y[2]!], [first, 3 * second], { k: 8, scale: [4, 64] });
    expectWithin([y[1]!, y[3]!], [4, 48], { k: 8, scale: [4, 48] }); // exp(−60) is lost: h = B/2·x
    expectIdentical(y, algorithm2(dims, x, parameters, discretizeZoh));
  });

  test('the projection of Δ may have a bias, which adds to each channel’s parameter', () => {
    const biased = { ...parameters, linearDelta: { weight: Float64Array.of(1, -1), bias: Float64Array.of(-2) } };
    const shifted = { ...parameters, delta: Float64Array.of(-1, 29) };
    expectIdentical(algorithm2(dims, x, biased), algorithm2(dims, x, shifted));
  });
});

test('Algorithm 1’s default is zero-order hold', () => {
  const one = Float64Array.of(1);
  const parameters = { A: Float64Array.of(-1), B: one, C: one, delta: Float64Array.of(0) };
  const y = algorithm1({ seqLen: 1, dInner: 1, dState: 1 }, one, parameters);
  expectWithin(y, [0.5], { k: 4, scale: 0.5 });
});

test('float32 parameters are rounded no further', () => {
  const parameters = {
    A: Float32Array.of(-1),
    B: Float32Array.of(1),
    C: Float32Array.of(1),
    delta: Float32Array.of(0.25),
  };
  const y = algorithm1({ seqLen: 1, dInner: 1, dState: 1 }, Float32Array.of(1), parameters, discretizeMamba);
  expectIdentical(y, [softplus(0.25)]);
});

test('y before t does not depend on x at t: both algorithms are causal', () => {
  fc.assert(
    fc.property(constantProblems, fc.nat(8), ({ dims, x, A, B, C, delta }, cut) => {
      const { dInner } = dims;
      const changed = x.map((value, i) => (i < cut * dInner ? value : value + 1));
      const perChannel = { A, B: repeat(dInner, B), C: repeat(dInner, C), delta };
      const selective: Algorithm2Parameters = {
        A,
        linearB: { weight: repeat(dInner, B), bias: C },
        linearC: { weight: repeat(dInner, C), bias: B },
        linearDelta: { weight: delta },
        delta,
      };
      const before = (y: Float64Array) => y.slice(0, cut * dInner);
      expectIdentical(before(algorithm1(dims, changed, perChannel)), before(algorithm1(dims, x, perChannel)));
      expectIdentical(before(algorithm2(dims, changed, selective)), before(algorithm2(dims, x, selective)));
    }),
  );
});

describe('wrong shapes are refused by name', () => {
  const dims = { seqLen: 2, dInner: 2, dState: 3 };
  const six = new Float64Array(6);
  const x = new Float64Array(4);
  const invariant: Algorithm1Parameters = { A: six, B: six, C: six, delta: new Float64Array(2) };
  const selective: Algorithm2Parameters = {
    A: six,
    linearB: { weight: six },
    linearC: { weight: six },
    linearDelta: { weight: new Float64Array(2) },
    delta: new Float64Array(2),
  };

  test('algorithm1', () => {
    const wrong: [Partial<Algorithm1Parameters>, string][] = [
      [{ A: x }, '"A" expected length 6 (dInner 2 × dState 3), got 4'],
      [{ B: x }, '"B" expected length 6 (dInner 2 × dState 3), got 4'],
      [{ C: x }, '"C" expected length 6 (dInner 2 × dState 3), got 4'],
      [{ delta: x }, '"delta" expected length 2 (dInner 2), got 4'],
    ];
    for (const [change, message] of wrong) {
      expect(() => algorithm1(dims, x, { ...invariant, ...change })).toThrow(new RangeError(message));
    }
    expect(() => algorithm1(dims, six, invariant)).toThrow(
      new RangeError('"x" expected length 4 (seqLen 2 × dInner 2), got 6'),
    );
  });

  test('algorithm2', () => {
    const wrong: [Partial<Algorithm2Parameters>, string][] = [
      [{ A: x }, '"A" expected length 6 (dInner 2 × dState 3), got 4'],
      [{ linearB: { weight: x } }, '"weight" expected length 6 (dOut 3 × dIn 2), got 4'],
      [{ linearC: { weight: six, bias: x } }, '"bias" expected length 3 (dOut 3), got 4'],
      [{ linearDelta: { weight: x } }, '"weight" expected length 2 (dOut 1 × dIn 2), got 4'],
      [{ delta: x }, '"delta" expected length 2 (dInner 2), got 4'],
    ];
    for (const [change, message] of wrong) {
      expect(() => algorithm2(dims, x, { ...selective, ...change })).toThrow(new RangeError(message));
    }
    expect(() => algorithm2(dims, six, selective)).toThrow(
      new RangeError('"x" expected length 4 (rows 2 × dIn 2), got 6'),
    );
  });
});

test('the two bodies, read side by side: the same six lines, of which A’s alone is the same to the letter', () => {
  const source = readFileSync(new URL('../../src/reference/algorithms.ts', import.meta.url), 'utf8');
  const body = (name: string) => {
    const [, text] = new RegExp(`export function ${name}\\([^]*?Float64Array \\{\\n([^]*?)\\n\\}`).exec(source)!;
    return text!.split('\n').map((line) => line.trim());
  };
  const [first, second] = [body('algorithm1'), body('algorithm2')];
  const subject = (line: string) => line.split(' ').slice(0, 2).join(' ');
  expect(first.map(subject).slice(0, 5)).toEqual(['const A', 'const B', 'const C', 'const delta', 'const discrete']);
  expect(second.map(subject).slice(0, 5)).toEqual(first.map(subject).slice(0, 5));
  expect([first.length, second.length]).toEqual([6, 6]);
  expect(first.map((line, i) => line === second[i])).toEqual([true, false, false, false, false, false]);
});
