import { describe, expect, test } from 'vitest';
import { expm1OverDerivative } from '../../src/reference/discretize.ts';
import type { SelectiveScanGradients } from '../../src/reference/selective-scan-backward.ts';
import type { SelectiveScanInput } from '../../src/reference/selective-scan-input.ts';
import { tokenBackwardInto } from '../../src/reference/selective-scan-token-backward.ts';
import { silu, siluBackward } from '../../src/reference/silu.ts';
import { sigmoid, softplus } from '../../src/reference/softplus.ts';
import { expectIdentical, expectWithin } from '../compare.ts';
import { expectUntouched } from './untouched.ts';

// The formulas of one token against the chain rule written out for one channel and one state. That a whole sequence of
// them is the gradient is tested in selective-scan-backward.test.ts and golden-scan.test.ts.

/** Two tokens of one channel and one state; token 1 is differentiated. */
const input: SelectiveScanInput = {
  ...{ seqLen: 2, dInner: 1, dState: 1 },
  ...{ x: Float64Array.of(9, 1.5), delta: Float64Array.of(9, 0.75), A: Float64Array.of(-0.5) },
  ...{ B: Float64Array.of(9, 1.25), C: Float64Array.of(9, -2) },
};
const token = { dY: Float64Array.of(9, 3), t: 1, hBefore: Float64Array.of(2.5) };
const future = 0.625; // the gradient by h_1 from later tokens

/** Gradients filled with `start`, of the shapes of two tokens, one channel, one state. */
function gradientsOf(start: number): SelectiveScanGradients {
  const filled = (length: number) => new Float64Array(length).fill(start);
  return {
    ...{ dX: filled(2), dDelta: filled(2), dZ: filled(2), dB: filled(2), dC: filled(2) },
    ...{ dA: filled(1), dD: filled(1), dDeltaBias: filled(1), dH0: filled(1) },
  };
}

function run(change: Partial<SelectiveScanInput> = {}, start = 0) {
  const gradients = gradientsOf(start);
  const dH = Float64Array.of(future);
  const changed = { ...input, ...change };
  expectUntouched([changed, token], () => tokenBackwardInto(gradients, dH, { input: changed, ...token }));
  return { gradients, dH };
}

const near = (actual: number | undefined, expected: number) =>
  expectWithin([actual!], [expected], { k: 16, scale: Math.abs(expected) }); // a handful of roundings each

describe('one token, real A', () => {
  const [x, delta, a, b, c, g, hBefore] = [1.5, 0.75, -0.5, 1.25, -2, 3, 2.5];
  const aBar = Math.exp(delta * a);
  const h = aBar * hBefore + delta * b * x;
  const dh = g * c + future;

  test('without options: every gradient by the chain rule through h = Ā·h₋ + Δ·B·x, y = C·h', () => {
    const { gradients, dH } = run();
    near(gradients.dX[1], dh * delta * b);
    near(gradients.dDelta[1], dh * (a * aBar * hBefore + b * x));
    near(gradients.dA[0], dh * delta * aBar * hBefore);
    near(gradients.dB[1], dh * delta * x);
    near(gradients.dC[1], g * h);
    near(gradients.dDeltaBias[0], dh * (a * aBar * hBefore + b * x));
    near(dH[0], aBar * dh);
    expectIdentical([gradients.dD[0]!, gradients.dZ[1]!, gradients.dH0[0]!], [0, 0, 0]);
  });

  test('with D: y gains D·x before the gate, so dD = gy·x and dX gains D·gy', () => {
    const { gradients } = run({ D: Float64Array.of(10) });
    near(gradients.dD[0], g * x);
    near(gradients.dX[1], 10 * g + dh * delta * b);
    near(gradients.dC[1], g * h);
  });

  test('with a gate: dZ takes the ungated y, D·x included, and everything else takes gy = g·silu(z)', () => {
    const z = -0.75;
    const { gradients, dH } = run({ D: Float64Array.of(10), z: Float64Array.of(9, z) });
    const gy = g * silu(z);
    const gated = gy * c + future;
    near(gradients.dZ[1], g * (c * h + 10 * x) * siluBackward(z));
    near(gradients.dD[0], gy * x);
    near(gradients.dX[1], 10 * gy + gated * delta * b);
    near(gradients.dC[1], gy * h);
    near(dH[0], aBar * gated);
  });

  test('with bias and softplus: dDelta passes softplus′(delta + bias), and the step is the softplus', () => {
    const pre = 0.75 - 0.5;
    const step = softplus(pre);
    const { gradients, dH } = run({ deltaSoftplus: true, deltaBias: Float64Array.of(-0.5) });
    const dStep = dh * (a * Math.exp(step * a) * hBefore + b * x);
    near(gradients.dDelta[1], dStep * sigmoid(pre));
    near(gradients.dDeltaBias[0], dStep * sigmoid(pre));
    near(gradients.dX[1], dh * step * b);
    near(dH[0], Math.exp(step * a) * dh);
  });

  test('under zoh: B̄ = (exp(ΔA) − 1)/A·B, differentiated by Δ and A', () => {
    const { gradients } = run({ discretization: 'zoh' });
    const bBar = (Math.expm1(delta * a) / a) * b;
    near(gradients.dX[1], dh * bBar);
    near(gradients.dB[1], (dh * bBar * x) / b);
    near(gradients.dC[1], g * (aBar * hBefore + bBar * x));
    near(gradients.dDelta[1], dh * (a * aBar * hBefore + aBar * b * x)); // d(expm1(ΔA)/A)/dΔ = Ā
    near(gradients.dA[0], dh * (delta * aBar * hBefore + x * b * delta * delta * expm1OverDerivative(delta * a)));
  });

  test('adds to what tokens share (dA, dB, dC, dD, dDeltaBias) and leaves the other token as it was', () => {
    const options = { D: Float64Array.of(10), z: Float64Array.of(9, -0.75) };
    const [fresh, added] = [run(options).gradients, run(options, 1024).gradients];
    for (const name of ['dA', 'dD', 'dDeltaBias'] as const) near(added[name][0], 1024 + fresh[name][0]!);
    for (const name of ['dB', 'dC'] as const) near(added[name][1], 1024 + fresh[name][1]!);
    for (const name of ['dX', 'dDelta', 'dZ'] as const) expect(added[name][1]).toBe(fresh[name][1]);
    for (const name of ['dX', 'dDelta', 'dZ', 'dB', 'dC'] as const) expect(added[name][0]).toBe(1024);
    expect(added.dH0[0]).toBe(1024);
  });
});
