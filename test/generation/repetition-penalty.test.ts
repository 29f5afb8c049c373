import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { penaliseRepetition } from '../../src/generation/repetition-penalty.ts';
import { gridArray } from '../arbitraries.ts';
import { expectIdentical } from '../compare.ts';

const problems = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.record({
    scores: gridArray(size),
    ids: fc.array(fc.nat(size + 2), { maxLength: 10 }),
    penalty: fc.constantFrom(0.5, 1, 1.2, 2, 4),
  }),
);

describe('penaliseRepetition', () => {
  it('multiplies negative and divides other scores of the ids, each once, and leaves all others alone', () => {
    fc.assert(
      fc.property(problems, ({ scores, ids, penalty }) => {
        const expected = scores.map((score, i) => {
          if (!ids.includes(i)) return score;
          return score < 0 ? score * penalty : score / penalty;
        });
        expectIdentical(penaliseRepetition(scores, ids, penalty), expected);
      }),
    );
  });

  it('is worked by hand', () => {
    const scores = Float32Array.of(2, -2, 0, 3, Number.NEGATIVE_INFINITY);
    expectIdentical(penaliseRepetition(scores, [0, 1, 1, 0, 2, 4], 2), [1, -4, 0, 3, Number.NEGATIVE_INFINITY]);
  });

  it('of 1 changes nothing, and no penalty changes its input', () => {
    fc.assert(
      fc.property(problems, ({ scores, ids, penalty }) => {
        const before = scores.slice();
        expectIdentical(penaliseRepetition(scores, ids, 1), before);
        expect(penaliseRepetition(scores, ids, penalty)).not.toBe(scores);
        expectIdentical(scores, before);
      }),
    );
  });
});
