/**
 * What each rule is worth: how fast its error falls as Δ does, against the exact solution of
 *
 *   h′ = a·h + b·cos t,   h(0) = h0,   at t = 2.
 */
import { describe, expect, test } from 'vitest';
import type { DiscretizationRule } from '../../src/reference/discretize.ts';
import { discretizeBilinear, discretizeEuler, discretizeMamba, discretizeZoh } from '../../src/reference/discretize.ts';
import { expectWithin } from '../compare.ts';

const [a, b, h0, end] = [-1.5, 0.75, -1.25, 2];

const euler = discretizeEuler;
const bilinear = discretizeBilinear;
const backward: DiscretizationRule = (delta, entryA, entryB) => discretizeBilinear(delta, entryA, entryB, 1);

/** A particular solution for the input cos t is b·(sin t − a·cos t)/(1 + a²). */
function cosineSolution(t: number): number {
  const particular = (s: number) => (b * (Math.sin(s) - a * Math.cos(s))) / (1 + a * a);
  return particular(t) + (h0 - particular(0)) * Math.exp(a * t);
}

/** For the input 1 the ODE rests at −b/a. */
function constantSolution(t: number): number {
  return -b / a + (h0 + b / a) * Math.exp(a * t);
}

/** Which number stands for the input during the step from t to t + Δ. */
type Sample = (t: number, delta: number) => number;
const atEnd: Sample = (t, delta) => Math.cos(t + delta);
const atStart: Sample = (t) => Math.cos(t);
const atMiddle: Sample = (t, delta) => Math.cos(t + delta / 2);
const meanOfEnds: Sample = (t, delta) => (atStart(t, delta) + atEnd(t, delta)) / 2;
const constant: Sample = () => 1;

function run(rule: DiscretizationRule, sample: Sample, steps: number): number {
  const delta = end / steps;
  const { aBar, bBar } = rule(delta, a, b);
  let h = h0;
  for (let k = 0; k < steps; k++) h = aBar * h + bBar * sample(k * delta, delta);
  return h;
}

/** log2 of what halving Δ divides the error by. */
function order(rule: DiscretizationRule, sample: Sample, solution: (t: number) => number): number {
  const error = (steps: number) => Math.abs(run(rule, sample, steps) - solution(end));
  return Math.log2(error(256) / error(512));
}

function expectOrder(measured: number, expected: number): void {
  expect(Math.abs(measured - expected)).toBeLessThanOrEqual(0.03);
}

describe('against a smooth input, with one sample of it a step', () => {
  const table: [string, number, DiscretizationRule, Sample][] = [
    ['Euler forward, sample held from the start', 1, euler, atStart],
    ['Euler forward, sample at the end', 1, euler, atEnd],
    ['Euler backward, sample at the end', 1, backward, atEnd],
    ['zero-order hold, sample held from the start', 1, discretizeZoh, atStart],
    ['zero-order hold, sample at the end', 1, discretizeZoh, atEnd],
    ['bilinear, sample at the end', 1, bilinear, atEnd],
    ['Mamba, sample at the end', 1, discretizeMamba, atEnd],
  ];
  test.each(table)('%s: order %d', (_, expected, rule, sample) => {
    expectOrder(order(rule, sample, cosineSolution), expected);
  });
});

describe('against a smooth input, sampled so that the input itself costs only order 2', () => {
  const table: [string, number, DiscretizationRule, Sample][] = [
    ['bilinear, mean of both ends', 2, bilinear, meanOfEnds],
    ['bilinear, sample in the middle', 2, bilinear, atMiddle],
    ['zero-order hold, mean of both ends', 2, discretizeZoh, meanOfEnds],
    ['zero-order hold, sample in the middle', 2, discretizeZoh, atMiddle],
    ['Mamba, mean of both ends', 1, discretizeMamba, meanOfEnds],
    ['Mamba, sample in the middle', 1, discretizeMamba, atMiddle],
    ['Euler forward, sample in the middle', 1, euler, atMiddle],
    ['Euler backward, sample in the middle', 1, backward, atMiddle],
  ];
  test.each(table)('%s: order %d', (_, expected, rule, sample) => {
    expectOrder(order(rule, sample, cosineSolution), expected);
  });
});

describe('against a constant input', () => {
  test('zero-order hold is exact for any Δ', () => {
    for (const steps of [1, 2, 3, 16, 1000]) {
      // each step rounds a few times, and the decay forgets old errors: a bound free of the number of steps but for ā
      expectWithin([run(discretizeZoh, constant, steps)], [constantSolution(end)], { k: 4 * steps + 8, scale: 1 });
    }
  });

  test.each([
    ['Euler forward', 1, euler],
    ['bilinear', 2, bilinear],
    ['Euler backward', 1, backward],
    ['Mamba', 1, discretizeMamba],
  ] as [string, number, DiscretizationRule][])('%s has order %d', (_, expected, rule) => {
    expectOrder(order(rule, constant, constantSolution), expected);
  });
});

test('without input Mamba’s form is exact: it is B alone that it approximates', () => {
  expectWithin([run(discretizeMamba, () => 0, 7)], [h0 * Math.exp(a * end)], { k: 40, scale: 1 });
});
