import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptTokens } from '../../src/generation/kept-set.ts';
import { gumbelNoise } from '../../src/generation/noise.ts';
import type { Draw, Sampling } from '../../src/generation/sampler.ts';
import { chooseToken, defaultSampling, expectSampling, LogitsError } from '../../src/generation/sampler.ts';
import { gridArray } from '../arbitraries.ts';

const plain: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const greedy: Sampling = { ...plain, temperature: 0 };

const samplings: fc.Arbitrary<Sampling> = fc.record({
  temperature: fc.constantFrom(0, 0.125, 0.8, 1, 4),
  topK: fc.nat(9),
  topP: fc.constantFrom(0.1, 0.5, 0.95, 1),
  minP: fc.constantFrom(0, 0.1, 0.5, 1),
  repetitionPenalty: fc.constantFrom(0.5, 1, 1.2, 2),
});
const problems = fc.integer({ min: 1, max: 9 }).chain((vocabSize) =>
  fc.record({
    logits: gridArray(vocabSize, 4),
    ids: fc.array(fc.nat(vocabSize - 1), { maxLength: 5 }),
    draw: fc.record({
      sampling: samplings,
      size: fc.integer({ min: 1, max: vocabSize + 1 }),
      seed: fc.maxSafeNat(),
      sequence: fc.nat(9),
    }),
  }),
);

const drawOf = (sampling: Sampling, size: number, sequence = 0): Draw => ({ sampling, size, seed: 42, sequence });

/** The definition, with everything written out for one token after the other. */
function chosenByDefinition(logits: Float64Array, ids: number[], { sampling, size, seed, sequence }: Draw): number {
  const scores = [...logits].slice(0, size).map((score, i) => {
    if (!ids.includes(i)) return score;
    return score < 0 ? score * sampling.repetitionPenalty : score / sampling.repetitionPenalty;
  });
  const max = Math.max(...scores);
  if (sampling.temperature === 0) return scores.indexOf(max);
  const scaled = scores.map((score) => (score - max) / sampling.temperature);
  const kept = keptTokens(Float64Array.from(scaled, Math.exp), sampling);
  let best = { id: -1, value: Number.NEGATIVE_INFINITY };
  for (const id of kept) {
    const value = scaled[id]! + gumbelNoise({ seed, sequence, position: ids.length }, [id])[0]!;
    if (value > best.value) best = { id, value };
  }
  return best.id;
}

/** How often each token comes in `count` sequences. */
function countTokens(logits: Float64Array, sampling: Sampling, count: number): number[] {
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < count; i++) counts[chooseToken(logits, [], drawOf(sampling, logits.length, i))]!++;
  return counts;
}

describe('chooseToken', () => {
  it('is the Gumbel-max of the kept set, at the position after the ids', () => {
    fc.assert(
      fc.property(problems, ({ logits, ids, draw }) => {
        expect(chooseToken(logits, ids, draw)).toBe(chosenByDefinition(logits, ids, draw));
      }),
    );
  });

  it('draws from the softmax restricted to the kept set (chi-square, 20,000 fixed draws)', () => {
    const logits = Float64Array.of(0, 1, 2, -1, 0.5, 1.5, -3, 2);
    const count = 20_000;
    const cases = [
      plain,
      { ...plain, temperature: 0.5 },
      { ...plain, topK: 3 },
      { ...plain, topP: 0.7 },
      { ...plain, minP: 0.3 },
    ];
    for (const sampling of cases) {
      const weights = logits.map((logit) => Math.exp((logit - 2) / sampling.temperature));
      const kept = keptTokens(weights, sampling);
      const mass = kept.reduce((sum, id) => sum + weights[id]!, 0);
      const counts = countTokens(logits, sampling, count);
      let chiSquare = 0;
      counts.forEach((observed, id) => {
        const expected = kept.includes(id) ? (count * weights[id]!) / mass : 0;
        if (expected === 0) expect(observed).toBe(0);
        else chiSquare += (observed - expected) ** 2 / expected;
      });
      // Mean df, standard deviation √(2·df): four of them above the mean.
      const df = kept.length - 1;
      expect(chiSquare).toBeLessThan(df + 4 * Math.sqrt(2 * df));
    }
  });

  it('at temperature 0 takes the largest score, the lowest id among equals, whatever the filters', () => {
    expect(chooseToken(Float64Array.of(1, 3, 2, 3), [], drawOf(greedy, 4))).toBe(1);
    expect(chooseToken(Float32Array.of(-1, -3), [], drawOf(greedy, 2))).toBe(0);
    expect(chooseToken(Float64Array.of(1, 3), [1], drawOf({ ...greedy, repetitionPenalty: 4 }, 2))).toBe(0);
  });

  it('tends to greedy as the temperature tends to 0, down to the smallest number', () => {
    const distinct = fc.shuffledSubarray([-4, -2.5, -1, 0, 0.125, 1, 3, 3.125], { minLength: 1 });
    // Scores lie 1/8 apart: over 1/256, 32, more than any two values of the noise differ (26.1).
    fc.assert(
      fc.property(distinct, fc.constantFrom(2 ** -8, 1e-300, Number.MIN_VALUE), fc.maxSafeNat(), (list, t, seed) => {
        const logits = Float64Array.from(list);
        const draw = { ...drawOf({ ...plain, temperature: t }, logits.length), seed };
        expect(chooseToken(logits, [], draw)).toBe(chooseToken(logits, [], { ...draw, sampling: greedy }));
      }),
    );
  });

  it('never chooses an id from the tokenizer’s size on, however large its logit, and does not read it', () => {
    for (const padding of [100, Number.NaN, Number.POSITIVE_INFINITY]) {
      const logits = Float64Array.of(0, 1, padding);
      expect(chooseToken(logits, [], drawOf(greedy, 2))).toBe(1);
      for (let sequence = 0; sequence < 50; sequence++) {
        expect(chooseToken(logits, [], drawOf({ ...plain, temperature: 100 }, 2, sequence))).toBeLessThan(2);
      }
    }
  });

  it('chooses the same for the same seed, and other tokens for another seed, sequence or position', () => {
    const logits = new Float64Array(1000);
    const draw = drawOf(plain, 1000);
    const token = chooseToken(logits, [], draw);
    expect(chooseToken(logits, [], draw)).toBe(token);
    expect(chooseToken(logits, [], { ...draw, seed: 43 })).not.toBe(token);
    expect(chooseToken(logits, [], { ...draw, sequence: 1 })).not.toBe(token);
    expect(chooseToken(logits, [7], draw)).not.toBe(token);
  });

  it('does not change when all logits rise by the same number', () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: -64, max: 64 }), ({ logits, ids, draw }, shift) => {
        const unpenalised = { ...draw, sampling: { ...draw.sampling, repetitionPenalty: 1 } };
        const shifted = logits.map((logit) => logit + shift);
        expect(chooseToken(shifted, ids, unpenalised)).toBe(chooseToken(logits, ids, unpenalised));
      }),
    );
  });

  it('gives tokens of −Infinity no chance', () => {
    const logits = Float64Array.of(Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY);
    for (let sequence = 0; sequence < 50; sequence++) {
      expect(chooseToken(logits, [0], drawOf({ ...plain, repetitionPenalty: 2 }, 3, sequence))).toBe(1);
    }
  });

  it('refuses NaN and +Infinity by their token, greedy or not', () => {
    for (const sampling of [greedy, plain]) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => chooseToken(Float64Array.of(0, bad, bad), [], drawOf(sampling, 3))).toThrow(
          new LogitsError(`"logits" expected numbers below +Infinity, got ${bad} at token 1`),
        );
      }
    }
  });

  it('refuses logits that leave nothing to choose', () => {
    const none = Float64Array.of(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY);
    for (const [logits, size] of [
      [none, 2],
      [new Float64Array(), 5],
    ] as const) {
      const expected = `"logits" expected at least one finite number, got ${logits.length} times -Infinity`;
      expect(() => chooseToken(logits, [], drawOf(greedy, size))).toThrow(new LogitsError(expected));
    }
  });

  it('leaves logits and ids as they were', () => {
    const logits = Float64Array.of(1, -2, 3);
    const ids = [0, 1];
    chooseToken(logits, ids, drawOf({ ...defaultSampling, repetitionPenalty: 2 }, 3));
    expect([...logits]).toEqual([1, -2, 3]);
    expect(ids).toEqual([0, 1]);
  });
});

describe('expectSampling', () => {
  const cases: [keyof Sampling, string, number[], number[]][] = [
    ['temperature', 'a number ≥ 0', [-0.1, Number.NaN, Number.POSITIVE_INFINITY], [0, 1e300]],
    ['topK', 'an integer ≥ 0', [-1, 0.5, Number.NaN], [0, 1e9]],
    ['topP', 'a number in (0, 1]', [0, 1.01, -1, Number.NaN], [1e-9, 1]],
    ['minP', 'a number in [0, 1]', [-0.1, 1.01, Number.NaN], [0, 1]],
    ['repetitionPenalty', 'a number > 0', [0, -1, Number.NaN, Number.POSITIVE_INFINITY], [0.1, 9]],
  ];
  it.each(cases)('%s is %s', (name, expected, bad, good) => {
    for (const got of bad) {
      const sampling = { ...defaultSampling, [name]: got };
      const error = new RangeError(`"${name}" expected ${expected}, got ${got}`);
      expect(() => expectSampling(sampling)).toThrow(error);
      expect(() => chooseToken(Float64Array.of(1), [], drawOf(sampling, 1))).toThrow(error);
    }
    for (const got of good) expectSampling({ ...defaultSampling, [name]: got });
  });

  it('accepts the defaults, which are those of the command line', () => {
    expectSampling(defaultSampling);
    expect(defaultSampling).toEqual({ temperature: 0.8, topK: 0, topP: 0.95, minP: 0, repetitionPenalty: 1 });
  });
});
