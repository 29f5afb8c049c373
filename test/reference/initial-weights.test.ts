import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialWeights } from '../../src/reference/initial-weights.ts';
import { mambaModelForward } from '../../src/reference/mamba-model.ts';
import { softplus } from '../../src/reference/softplus.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import { expectIdentical, expectWithin, largest } from '../compare.ts';
import { seededUniform } from './seeded-grid.ts';
import { configs, gridWeights, modelTensors, smallConfig } from './small-model.ts';

/** Every uniform draw at `value`: the end points of all intervals. */
const constant = (value: number) => initialWeights(smallConfig, () => value);
const everyEntry = (tensor: ArrayLike<number>, value: number) =>
  expectIdentical(tensor, new Float64Array(tensor.length).fill(value));

describe('initialWeights', () => {
  test('has every tensor its configuration asks for, in its shape, and no other', () => {
    fc.assert(
      fc.property(configs(), (config) => {
        const shapes = (weights: ReturnType<typeof initialWeights>) =>
          modelTensors(weights).map(({ name, data }) => [name, data.length]);
        const expected = Object.fromEntries(shapes(gridWeights(config, 1)));
        expect(Object.fromEntries(shapes(initialWeights(config, seededUniform(1))))).toEqual(expected);
      }),
    );
  });

  test('linear weights span ±1/√fanIn, outProj 1/√nLayer of it, the convolution ±1/√dConv: −bound at 0, 0 at 1/2', () => {
    const [low, middle] = [constant(0), constant(0.5)];
    const bounds = {
      inProjWeight: 1 / Math.sqrt(4),
      conv1dWeight: 1 / Math.sqrt(3),
      conv1dBias: 1 / Math.sqrt(3),
      xProjWeight: 1 / Math.sqrt(6),
      dtProjWeight: 1 / Math.sqrt(2),
      outProjWeight: 1 / Math.sqrt(6 * 2),
    };
    for (const [name, bound] of Object.entries(bounds)) {
      everyEntry(low.layers[0]![name as keyof typeof bounds]!, -bound);
      everyEntry(middle.layers[1]![name as keyof typeof bounds]!, 0);
    }
  });

  test('dtProjBias is softplus⁻¹ of a step log-uniform in [0.001, 0.1]: 0.001 at 0, 0.01 at 1/2, 0.1 at 1', () => {
    for (const [draw, step] of [
      [0, 0.001],
      [0.5, 0.01],
      [1, 0.1],
    ] as const) {
      const { dtProjBias } = constant(draw).layers[0]!;
      // exp, log and softplus⁻¹ once each; the logarithms up to 7 make rounding 7u·step.
      for (const bias of dtProjBias) expectWithin([softplus(bias)], [step], { k: 64, scale: step });
    }
  });

  test('aLog is log(1 … dState) in every channel, D and norms are 1, linear biases 0', () => {
    const { layers, normFWeight } = initialWeights({ ...smallConfig, useBias: true }, seededUniform(3));
    const row = [Math.log(1), Math.log(2), Math.log(3)];
    expectIdentical(layers[1]!.aLog, [row, row, row, row, row, row].flat());
    for (const ones of [normFWeight, layers[0]!.normWeight, layers[0]!.D]) everyEntry(ones, 1);
    for (const zeros of [layers[0]!.inProjBias!, layers[0]!.outProjBias!]) everyEntry(zeros, 0);
  });

  test("the embedding is 0.02·√(−2·log(1 − u₁))·cos(2πu₂), Box and Muller's normal numbers", () => {
    const at = (first: number, second: number) => {
      let odd = false;
      const random = () => {
        odd = !odd;
        return odd ? first : second;
      };
      return initialWeights(smallConfig, random).embeddingWeight;
    };
    const radiusOne = 1 - Math.exp(-1 / 2);
    for (const w of at(radiusOne, 0)) expectWithin([w], [0.02], { k: 16, scale: 0.02 });
    for (const w of at(radiusOne, 0.5)) expectWithin([w], [-0.02], { k: 16, scale: 0.02 });
    for (const w of at(radiusOne, 0.25)) expectWithin([w], [0], { k: 16, scale: 0.02 });
    expect(largest(at(0, 0))).toBe(0);
    expect(largest(at(1 - 2 ** -53, 0))).toBeLessThan(0.02 * 8.6); // the largest draw below 1 is finite
  });

  test('the embedding has mean 0 and deviation 0.02, to 5 standard errors', () => {
    const large = initialWeights({ ...smallConfig, vocabSize: 500, nLayer: 0 }, seededUniform(1));
    const embeddingWeight = Float64Array.from(large.embeddingWeight);
    const n = embeddingWeight.length;
    const mean = embeddingWeight.reduce((a, b) => a + b, 0) / n;
    const variance = embeddingWeight.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan((5 * 0.02) / Math.sqrt(n));
    expect(Math.abs(variance / 0.02 ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  test('an untied head is drawn from ±1/√dModel, a tied one not at all', () => {
    const untied = initialWeights({ ...smallConfig, tieWordEmbeddings: false }, () => 0);
    everyEntry(untied.lmHeadWeight!, -1 / 2);
    expect(untied.lmHeadWeight).toHaveLength(7 * 4);
    expect(constant(0)).not.toHaveProperty('lmHeadWeight');
  });

  test('is a function of its draws: the same numbers give the same weights, and every drawn tensor varies', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => modelTensors(initialWeights(smallConfig, seededUniform(seed))));
    const fixed = /norm|\.D$|aLog/;
    a!.forEach(({ name, data }, i) => {
      expectIdentical(data, b![i]!.data, name);
      if (!fixed.test(name)) expect(data, name).not.toEqual(c![i]!.data);
    });
  });

  test('gives a model that runs: finite hidden rows', () => {
    const config: MambaConfig = { ...smallConfig, mixerRmsEps: 1e-6 };
    const { hidden } = mambaModelForward(config, initialWeights(config, seededUniform(5)), [1, 2, 3]);
    expect(largest(hidden)).toBeGreaterThan(0);
    expect(hidden.every(Number.isFinite)).toBe(true);
  });
});
