/**
 * The paper's Theorem 1 (§3.5.1): with N = 1, A = −1, B = 1, s_Δ = Linear(x) and τ_Δ = softplus, Algorithm 2 is a gate,
 *
 *   g_t = σ(Linear(x_t))     h_t = (1 − g_t)·h_{t−1} + g_t·x_t.
 *
 * True under zero-order hold: exp(−softplus(z)) = 1 − σ(z), and B̄ = 1 − exp(−Δ) = σ(z). Under Mamba's own discretization
 * B̄ = Δ = softplus(z), which is no gate: the two weights do not sum to 1.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { algorithm2 } from '../../src/reference/algorithms.ts';
import type { DiscretizationRule } from '../../src/reference/discretize.ts';
import { discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import { sigmoid, softplus } from '../../src/reference/softplus.ts';
import { grid, gridArray, lengths } from '../arbitraries.ts';
import { expectWithin, largest, u } from '../compare.ts';

/** h_t of one channel, read out by C = 1. */
function states(x: Float64Array, weight: number, bias: number, rule: DiscretizationRule): Float64Array {
  const constant = { weight: Float64Array.of(0), bias: Float64Array.of(1) };
  const parameters = {
    A: Float64Array.of(-1),
    linearB: constant,
    linearC: constant,
    linearDelta: { weight: Float64Array.of(weight) },
    delta: Float64Array.of(bias),
  };
  return algorithm2({ seqLen: x.length, dInner: 1, dState: 1 }, x, parameters, rule);
}

/** The gated recurrence, written down as the theorem has it. */
function gated(x: Float64Array, weight: number, bias: number): Float64Array {
  let h = 0;
  return x.map((input) => {
    const g = sigmoid(weight * input + bias);
    h = (1 - g) * h + g * input;
    return h;
  });
}

describe('Theorem 1', () => {
  test('holds under zero-order hold: h_t = (1 − g_t)·h_{t−1} + g_t·x_t', () => {
    const problems = fc.tuple(
      lengths(33).chain((length) => gridArray(length)),
      grid(4),
      grid(4),
    );
    fc.assert(
      fc.property(problems, ([x, weight, bias]) => {
        // a convex combination: |h| ≤ max |x|; ā loses Δ·u by the rounding of Δ, for at most Δ·exp(−Δ) < 1 of it
        expectWithin(states(x, weight, bias, discretizeZoh), gated(x, weight, bias), {
          k: 8 * (x.length + 1),
          scale: largest(x),
        });
      }),
    );
  });

  test('its two identities: ā = 1 − σ(z) and b̄ = σ(z) under zero-order hold, −40 ≤ z ≤ 40', () => {
    fc.assert(
      fc.property(grid(40), (z) => {
        const { aBar, bBar } = discretizeZoh(softplus(z), -1, 1);
        // softplus is z itself above 20, which misses by log1p(exp(−20)): ā is then off by 2.1e-9 of itself
        const cut = z > 20 ? 2.1e-9 : 0;
        const keep = sigmoid(-z);
        expectWithin([aBar], [keep], { k: 8 + 4 * softplus(z) + cut / u, scale: keep });
        expectWithin([bBar], [sigmoid(z)], { k: 8, scale: sigmoid(z) });
      }),
    );
  });

  test('fails under Mamba’s own discretization: b̄ = softplus(z) is no gate, and exceeds 1 from z = 0.55 on', () => {
    expect(discretizeMamba(softplus(0.55), -1, 1).bBar).toBeGreaterThan(1);
    const x = new Float64Array(64).fill(1);
    // the gate fills up to the input, 1; Mamba's fixed point is Δ/(1 − exp(−Δ)) = 1.386… at z = 0
    expect(states(x, 0, 0, discretizeZoh)[63]).toBe(1);
    expectWithin([states(x, 0, 0, discretizeMamba)[63]!], [2 * Math.LN2], { k: 16, scale: 1.4 });
  });

  test('by how much: Δ²/2 − Δ³/6 ≤ b̄ − g ≤ Δ²/2, so the two meet to first order as Δ → 0', () => {
    fc.assert(
      fc.property(grid(30), (z) => {
        const delta = softplus(z);
        const excess = discretizeMamba(delta, -1, 1).bBar - sigmoid(z);
        const slack = 8 * u * Math.max(delta, 1);
        expect(excess).toBeLessThanOrEqual(delta ** 2 / 2 + slack);
        expect(excess).toBeGreaterThanOrEqual(delta ** 2 / 2 - delta ** 3 / 6 - slack);
      }),
    );
  });

  test('in the range Mamba initialises Δ to, 0.001 … 0.1, b̄ is 0.05 % … 5.1 % too large for a gate', () => {
    const excess = (delta: number) => delta / discretizeZoh(delta, -1, 1).bBar - 1;
    expect(excess(0.001)).toBeCloseTo(0.0005, 6);
    expect(excess(0.1)).toBeCloseTo(0.0508, 4);
  });
});
