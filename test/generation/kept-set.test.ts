import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filters } from '../../src/generation/kept-set.ts';
import { keptTokens } from '../../src/generation/kept-set.ts';

// Weights are small integers and p, minP multiples of 1/8, so all masses are exact.

const off: Filters = { topK: 0, topP: 1, minP: 0 };
const weightLists = fc
  .array(fc.nat(6), { maxLength: 9 })
  .chain((rest) => fc.tuple(fc.constant(rest), fc.nat(9)))
  .map(([rest, at]) => Float64Array.from([...rest.slice(0, at), 7, ...rest.slice(at)]));
const eighths = fc.integer({ min: 0, max: 8 }).map((k) => k / 8);
const filterSets = fc.record({
  topK: fc.nat(11),
  topP: fc.integer({ min: 1, max: 8 }).map((k) => k / 8),
  minP: eighths,
});

/** Each filter as its definition reads: a test for every token, by everything that comes before it. */
function keptByDefinition(weights: Float64Array, { topK, topP, minP }: Filters): number[] {
  const before = (i: number, j: number) => weights[i]! > weights[j]! || (weights[i] === weights[j] && i < j);
  let kept = [...weights.keys()];
  const mass = (ids: number[]) => ids.reduce((sum, id) => sum + weights[id]!, 0);
  if (topK > 0) kept = kept.filter((j) => kept.filter((i) => before(i, j)).length < topK);
  if (topP < 1) {
    const all = mass(kept);
    // A token is dropped when it and all lighter ones together have mass ≤ 1 − p; the heaviest never is.
    kept = kept.filter((j) => mass(kept.filter((i) => i === j || before(j, i))) > (1 - topP) * all);
  }
  return kept.filter((j) => weights[j]! >= minP * Math.max(...weights));
}

describe('keptTokens', () => {
  it('is what the definitions of top-k, top-p and min-p keep, one after the other', () => {
    fc.assert(
      fc.property(weightLists, filterSets, (weights, filters) => {
        expect([...keptTokens(weights, filters)]).toEqual(keptByDefinition(weights, filters));
      }),
    );
  });

  it('keeps everything when all filters are off, weightless tokens included', () => {
    expect([...keptTokens(Float64Array.of(0, 2, 0, 1), off)]).toEqual([0, 1, 2, 3]);
  });

  it('top-k keeps k, the lower ids among equals, and all when k is more than there are', () => {
    const weights = Float64Array.of(1, 3, 3, 2, 3);
    expect([...keptTokens(weights, { ...off, topK: 1 })]).toEqual([1]);
    expect([...keptTokens(weights, { ...off, topK: 2 })]).toEqual([1, 2]);
    expect([...keptTokens(weights, { ...off, topK: 4 })]).toEqual([1, 2, 3, 4]);
    expect([...keptTokens(weights, { ...off, topK: 5 })]).toEqual([0, 1, 2, 3, 4]);
    expect([...keptTokens(weights, { ...off, topK: 6 })]).toEqual([0, 1, 2, 3, 4]);
  });

  it('top-p drops a tail of exactly the mass 1 − p', () => {
    const weights = Float64Array.of(4, 2, 1, 1);
    expect([...keptTokens(weights, { ...off, topP: 0.75 })]).toEqual([0, 1]);
    expect([...keptTokens(weights, { ...off, topP: 0.76 })]).toEqual([0, 1, 2]);
    expect([...keptTokens(weights, { ...off, topP: 0.5 })]).toEqual([0]);
  });

  it('top-p keeps one token however small p is', () => {
    expect([...keptTokens(Float64Array.of(1, 1, 1), { ...off, topP: 1e-300 })]).toEqual([0]);
  });

  it('top-p measures the mass that top-k has kept, not all of it', () => {
    // Of 4 + 4 kept by top-k, one is 50 %; of all 16 it would be 25 %.
    const weights = Float64Array.of(4, 4, 2, 2, 2, 2);
    expect([...keptTokens(weights, { topK: 2, topP: 0.5, minP: 0 })]).toEqual([0]);
    expect([...keptTokens(weights, { topK: 0, topP: 0.5, minP: 0 })]).toEqual([0, 1]);
  });

  it('min-p keeps a token of exactly minP times the heaviest', () => {
    const weights = Float64Array.of(4, 2, 1, 8);
    expect([...keptTokens(weights, { ...off, minP: 0.25 })]).toEqual([0, 1, 3]);
    expect([...keptTokens(weights, { ...off, minP: 0.26 })]).toEqual([0, 3]);
    expect([...keptTokens(weights, { ...off, minP: 1 })]).toEqual([3]);
  });

  it('leaves the weights as they were', () => {
    const weights = Float64Array.of(1, 3, 2);
    keptTokens(weights, { topK: 2, topP: 0.5, minP: 0.5 });
    expect([...weights]).toEqual([1, 3, 2]);
  });
});
