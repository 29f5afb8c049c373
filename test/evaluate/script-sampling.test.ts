import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ScriptSampling } from '../../src/evaluate/script-sampling.ts';
import { samplingOfScript, scriptDefaults } from '../../src/evaluate/script-sampling.ts';
import { keptTokens } from '../../src/generation/kept-set.ts';
import { penaliseRepetition } from '../../src/generation/repetition-penalty.ts';
import { chooseToken } from '../../src/generation/sampler.ts';

const kinds = ['mamba', 'gpt-neo'] as const;
const logits = fc
  .uniqueArray(fc.integer({ min: -40, max: 40 }), { minLength: 2, maxLength: 20 })
  .map((values) => Float64Array.from(values, (value) => value / 8));
const flags: fc.Arbitrary<ScriptSampling> = fc.record({
  topk: fc.integer({ min: 0, max: 5 }),
  topp: fc.integer({ min: 0, max: 8 }).map((k) => k / 8),
  minp: fc.integer({ min: 0, max: 8 }).map((k) => k / 8),
  temperature: fc.integer({ min: 1, max: 16 }).map((k) => k / 8),
  repetitionPenalty: fc.constantFrom(0.75, 1, 1.25, 2),
});

test('top-k 1 is the largest penalised logit whatever the other flags say', () => {
  const ids = [0, 1, 1];
  fc.assert(
    fc.property(logits, flags, fc.constantFrom(...kinds), fc.nat(), (row, others, kind, seed) => {
      const sampling = samplingOfScript({ ...others, topk: 1 }, kind);
      const draw = { sampling, size: row.length, seed, sequence: 0 };
      const scores = penaliseRepetition(row, ids, others.repetitionPenalty);
      expect(chooseToken(row, ids, draw)).toBe(scores.indexOf(Math.max(...scores)));
    }),
  );
});

/** What mamba_ssm keeps, step by step: top-k, or min-p of the probabilities, then the temperature, then top-p. */
function keptByScript(row: Float64Array, { topk, topp, minp, temperature }: ScriptSampling): number[] {
  const order = [...row.keys()].sort((a, b) => row[b]! - row[a]!);
  const candidates = topk > 0 ? order.slice(0, topk) : order;
  if (topk === 0 && minp > 0) {
    const bound = Math.log(minp) - 1e-12; // p_i ≥ minp·max p, as logits; equality is kept
    return candidates.filter((id) => row[id]! - row[order[0]!]! >= bound).sort((a, b) => a - b);
  }
  if (topp === 0) return candidates.sort((a, b) => a - b);
  const masses = candidates.map((id) => Math.exp((row[id]! - row[order[0]!]!) / temperature));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  let light = 0;
  while (candidates.length > 1) {
    light += masses.pop()!;
    if (!(light <= (1 - topp) * total)) break;
    candidates.pop();
  }
  return candidates.sort((a, b) => a - b);
}

test("otherwise the tokens that stay are those of mamba_ssm's order, min-p being before the temperature", () => {
  fc.assert(
    fc.property(logits, flags, fc.constantFrom(0, 0, 2, 3, 5), (row, others, topk) => {
      const all = { ...others, topk };
      const { temperature, topK, topP, minP } = samplingOfScript(all, 'mamba');
      const largest = Math.max(...row);
      const weights = row.map((logit) => Math.exp((logit - largest) / temperature));
      // A hair less than min-p's bound: at equality the two orders round differently.
      const kept = keptTokens(weights, { topK, topP, minP: minP * (1 - 1e-12) });
      expect([...kept]).toEqual(keptByScript(row, all));
    }),
  );
});

test('a Transformer is given no min-p, and the defaults are greedy', () => {
  expect(samplingOfScript({ ...scriptDefaults, topk: 0, minp: 0.5 }, 'gpt-neo').minP).toBe(0);
  expect(samplingOfScript({ ...scriptDefaults, topk: 0, minp: 0.5 }, 'mamba').minP).toBe(0.5);
  expect(samplingOfScript(scriptDefaults, 'mamba').temperature).toBe(0);
});
