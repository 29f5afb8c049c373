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
});
