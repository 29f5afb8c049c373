import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { load } from '../../src/api/load.node.ts';
import { publishedFor, publishedValues } from '../../src/api/published-values.ts';
import type { PublishedSubject } from '../../src/api/verify-published.ts';
import { verifyPublished } from '../../src/api/verify-published.ts';
import { namedConfig } from '../../src/engine/named-shapes.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8'));
const tiny = publishedValues.find(({ id }) => id === 'tiny-shakespeare')!;

/** The embedded model, with its logits changed on the way. */
async function withTiny<T>(change: (logits: number[]) => void, use: (subject: PublishedSubject) => Promise<T>) {
  const model = await load();
  try {
    return await use({
      generate: (prompt, options) => model.generate(prompt, options),
      async firstLogits(prompt) {
        await model.model.reset();
        const logits = Array.from(await model.model.prefill(model.tokenizer.encode(prompt).slice(0, 1)));
        change(logits);
        return Float64Array.from(logits);
      },
    });
  } finally {
    model.dispose();
  }
}

describe('published values', () => {
  test('those of the embedded model are the beginning of the golden file from transformers', () => {
    for (const { prompt, values } of tiny.logits) expect(values).toEqual(golden.prompts[prompt].first_logits_8);
    for (const { prompt, text, tokens } of tiny.texts) {
      expect(golden.prompts[prompt].greedy_text.slice(0, tokens)).toBe(text); // a token is a byte
    }
  });

  test('a model is known by its sizes, whatever its folder is called', () => {
    expect(publishedFor(namedConfig('130m'))?.id).toBe('state-spaces/mamba-130m-hf');
    expect(publishedFor(namedConfig('2.8b'))?.id).toBe('state-spaces/mamba-2.8b-hf');
    expect(publishedFor(namedConfig('370m'))).toBeUndefined();
    expect(publishedFor({ ...namedConfig('130m'), vocabSize: 50277 })).toBeUndefined();
  });
});

describe('verifyPublished', () => {
  test('the embedded model gives what is published about it, well inside the tolerance', async () => {
    const rows = await withTiny(
      () => {},
      (subject) => verifyPublished(subject, tiny),
    ); // prettier-ignore
    expect(rows).toMatchObject([
      { operation: 'logits', cases: 1, failures: [] },
      { operation: 'continuations', cases: 2, failures: [], worst: 0 },
    ]);
    expect(rows[0]!.worst).toBeLessThan(0.1);
  });

  test.each([
    ['a logit that is off by a ten-thousandth', (logits: number[]) => (logits[3]! += 1e-4), 'token 3 expected -7.27'],
    ['NaN', (logits: number[]) => (logits[7] = Number.NaN), 'got NaN'],
    ['too few logits', (logits: number[]) => (logits.length = 4), 'token 4 expected -7.08'],
  ])('%s is a failure that names the token', async (_, change, message) => {
    const [row] = await withTiny(change, (subject) => verifyPublished(subject, tiny));
    expect(row!.failures[0]).toContain(message);
    expect(row!.worst).toBeGreaterThan(1);
  });

  test('another text is a failure that shows both', async () => {
    const texts = [{ ...tiny.texts[0]!, text: 'To be' }];
    const rows = await withTiny(
      () => {},
      (subject) => verifyPublished(subject, { ...tiny, texts }),
    ); // prettier-ignore
    expect(rows[1]!.failures[0]).toContain('expected "To be", got "\\nI will not');
  });
});
