/**
 * The embedded model on every GPU backend, and on devices with small textures: transformers' logits and its greedy text.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { closeModes, expectRan, modesUnderTest } from './modes-under-test.ts';

interface GoldenPrompt {
  readonly last_logits: readonly number[];
  readonly greedy: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
  readonly prompts: Readonly<Record<string, GoldenPrompt>>;
};

const patience = 600_000;
const tokens = 64;

const modes = await modesUnderTest();
afterAll(() => closeModes(modes));

/** A cell of A has 6,144 numbers: 64² are too few for this model. Few rows a chunk, since all their activations are a cell. */
const small = { maxTextureSize: 96, chunkLength: 4 };
const limitsOf = (mode: string) =>
  ['headlessgl', 'webgl2'].includes(mode) ? [{}, small, { maxTextureSize: 2048 }] : [{}];
const cases = modes.flatMap((under) => limitsOf(under.mode).map((limits: Limits) => ({ ...under, limits })));

type Limits = Partial<typeof small>;

describe.each(cases)('$mode, limits $limits', ({ mode, place, missing, limits }) => {
  test.skipIf(missing).each(Object.keys(golden.prompts))(
    `after %j: logits within 1e-3, ${tokens} greedy tokens equal`,
    async (text) => {
      const { last_logits, greedy } = golden.prompts[text]!;
      const prompt = [...new TextEncoder().encode(text)]; // its tokens are bytes
      const answer = await place!.call('readEmbedded', { open: { mode, ...limits }, prompt, tokens });
      expectRan(answer, mode);
      const errors = last_logits.map((logit, i) => Math.abs(answer.logits[i]! - logit));
      expect(errors.every((error) => error <= 1e-3)).toBe(true);
      expect(answer.tokens).toEqual(greedy.slice(0, tokens));
      if (limits.maxTextureSize !== undefined) expect(answer.side).toBeLessThanOrEqual(limits.maxTextureSize);
    },
    patience,
  );
});
