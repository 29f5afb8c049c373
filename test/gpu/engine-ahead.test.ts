/**
 * Tokens that WebGPU chooses itself, 16 a submission, are those that are chosen here from its logits.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { closeModes, expectRan, modesUnderTest } from './modes-under-test.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
  readonly prompts: Readonly<Record<string, { readonly greedy: readonly number[] }>>;
};

const patience = 600_000;
const tokens = 64;

const modes = await modesUnderTest(['webgpu']);
afterAll(() => closeModes(modes));

describe.each(modes)('$mode', ({ mode, place, missing }) => {
  const text = 'ROMEO:';
  const prompt = [...new TextEncoder().encode(text)];

  test.skipIf(missing)(
    'greedy: the golden tokens, and undoing the last submission puts the state back',
    async () => {
      const call = { open: { mode }, prompt, tokens, temperature: 0, seed: 0 };
      const answer = await place!.call('writeAhead', call);
      expectRan(answer, mode);
      expect(answer.writesAhead).toBe(true);
      expect(answer.ahead).toEqual(golden.prompts[text]!.greedy.slice(0, tokens));
      expect(answer.undone).toBe(0);
    },
    patience,
  );

  test.skipIf(missing)(
    'a step that is one submission gives the golden tokens, in fewer kernel calls',
    async () => {
      const call = { open: { mode }, prompt, tokens: 24 };
      const compiled = await place!.call('readEmbedded', { ...call, compiled: true });
      const eager = await place!.call('readEmbedded', { ...call, tokens: 2 });
      expect(compiled.tokens).toEqual(golden.prompts[text]!.greedy.slice(0, 24));
      expect(compiled.callsOfToken).toBeLessThan(eager.callsOfToken);
    },
    patience,
  );

  test.skipIf(missing).each([
    ['f32', 1, {}],
    ['f32', 3, { discretization: 'zoh', dConv: 2 }],
    ['f32', 2, { useBias: true, useConvBias: false }],
    ['f32', 2, { mixerRmsEps: 1e-6 }],
    ['q8_0', 1, {}],
    ['q8_0', 3, { dtRank: 32 }],
    ['f32', 1, {}, { maxTextureSize: 64 }], // in_proj, out_proj and the head in tiles
  ] as const)(
    'a plan chooses what steps choose and leaves their states: %s, %d sequences, %o',
    async (dtype, sequences, config, limits?: { readonly maxTextureSize: number }) => {
      const call = { open: { mode, chunkLength: 4, ...limits }, dtype, sequences, config };
      const answer = await place!.call('comparePlan', call);
      expect(answer.planned).toEqual(answer.chosen);
      expect(answer.stateDistance).toBeLessThan(1e-4);
      expect(answer.planBytes).toBeGreaterThan(4 * 64 * 256); // a copy of the weights
      expect(answer.bytesLeft).toBe(0);
    },
    patience,
  );

  test.skipIf(missing)('logits that are NaN are an error, not tokens', async () => {
    expect(await place!.call('planOfNaN', { mode })).toBe('LogitsError');
  });

  test.skipIf(missing).each([
    [0.8, 7],
    [1.3, 8],
  ])(
    'temperature %d: the tokens that chooseToken draws with the same noise',
    async (temperature, seed) => {
      const answer = await place!.call('writeAhead', { open: { mode }, prompt, tokens, temperature, seed });
      expect(answer.ahead).toEqual(answer.expected);
      expect(answer.ahead).not.toEqual(golden.prompts[text]!.greedy.slice(0, tokens));
      expect(answer.undone).toBe(0);
    },
    patience,
  );

  test.skipIf(missing).each([{}, { topP: 0.6, temperature: 1.2, minP: 0.02 }, { topK: 40 }])(
    'with filters: the tokens of a model that steps, and hardly a step: %o',
    async (sampling) => {
      const answer = await place!.call('generateBothWays', { open: { mode }, prompt, tokens: 56, sampling, seed: 3 });
      expectRan(answer, mode);
      expect(answer.tokens).toEqual(answer.expected);
      expect(answer.steps).toBeLessThan(20); // the rest of 16, and after a token that was left undecided
    },
    patience,
  );
});
