/**
 * Random small models through the engine on every GPU backend, several sequences with prompts of their own lengths, against
 * the reference.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { MambaConfig } from '../../src/reference/types.ts';
import { roundedWeights } from '../engine/wasm-engine.ts';
import { atMost } from '../reference/runs.ts';
import { configs, gridWeights } from '../reference/small-model.ts';
import { closeModes, expectRan, modesUnderTest } from './modes-under-test.ts';
import { judgeLogits, mapTensors } from './sensitivity.ts';

const modes = await modesUnderTest();
afterAll(() => closeModes(modes));

const patience = 600_000;

/** What the tests of the reference draw, and blocks that are wider than a texel or a scan's chunk. */
const wide = fc
  .record({ dModel: fc.integer({ min: 5, max: 40 }), dInner: fc.integer({ min: 7, max: 70 }) })
  .chain(({ dModel, dInner }) => configs({ selective: true, dModel, dInner, dState: 16, dConv: 4, vocabSize: 37 }));
const drawn = fc.oneof(configs({ selective: true }), wide);

/** For one to three sequences two reads of ragged lengths, past the borders of the scan's chunks of 8. */
const lengths = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { minLength: 1, maxLength: 3 });

function idsOf({ vocabSize }: MambaConfig, seed: number, s: number, length: number): number[] {
  return Array.from({ length }, (_, t) => (seed + 7 * t + 3 * s) % vocabSize);
}

// A shader's exp(x) may be off by 3 + 2|x| ulp where WASM's is by one; |ΔA| is a few at most. So the bound is four times
// that of test/engine/engine-model.test.ts. Seen in 800 models on Mesa and SwiftShader: at most 3.5 times the yardstick.
const factor = 4 * 64;

/** Textures of at most 64², simulated, so that some weights come in tiles; a few rows a chunk. */
const small = { maxTextureSize: 64, chunkLength: 4 };
const cases = modes.flatMap((under) => [
  { ...under, limits: {}, runs: Number(process.env.FC_RUNS ?? 100) },
  ...(['headlessgl', 'webgl2'].includes(under.mode) ? [{ ...under, limits: small, runs: 30 }] : []),
]);

describe.each(cases)('$mode, limits $limits', ({ mode, place, missing, limits, runs }) => {
  test.skipIf(missing)(
    `logits within ${factor} times what an ulp in the weights moves the reference’s by`,
    async () => {
      await fc.assert(
        fc.asyncProperty(drawn, fc.nat(1000), lengths, async (config, seed, pairs) => {
          const weights = roundedWeights(gridWeights(config, seed));
          const lists = pairs.map(([a, b], s) => idsOf(config, seed, s, a + b));
          const reads = [
            lists.map((ids, s) => ids.slice(0, pairs[s]![0])),
            lists.map((ids, s) => ids.slice(pairs[s]![0])),
          ];
          const plain = mapTensors(weights, (numbers) => Array.from(numbers));
          const models = [{ config, weights: plain, reads }];
          const { logits, ...ran } = await place!.call('readSmallModels', { open: { mode, ...limits }, models });
          expectRan(ran, mode);
          for (const [s, ids] of lists.entries()) {
            const row = logits[0]![s];
            expect(row === null).toBe(ids.length === 0);
            if (row === null) continue;
            const { error, yardstick, scale } = judgeLogits({ config, weights, ids, seed }, row!);
            expect(error).toBeLessThanOrEqual(factor * yardstick + 2 ** -22 * scale);
          }
        }),
        atMost(runs),
      );
    },
    patience,
  );
});
