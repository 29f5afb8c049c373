import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInTurns } from '../../src/generation/encode-in-turns.ts';
import { scoreText } from '../../src/generation/score.ts';
import { createTokenizer } from '../../src/tokenizer.ts';
import { createFakeModel } from './fake-model.ts';
import { byteTokenizer, withAddedTokens, wordTokenizer } from './tokenizers.ts';

const long = 'To be, or not to be – that is the question.\n'.repeat(2000);

describe('encodeInTurns', () => {
  it('gives the ids of encode, for texts of one piece and of many, and counts to the end', async () => {
    const texts = fc.tuple(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('', long));
    await fc.assert(
      fc.asyncProperty(texts, async ([some, more]) => {
        const text = some + more + some;
        const seen: number[] = [0];
        const onEncode = (done: number, total: number) => {
          expect(total).toBe(text.length);
          expect(done).toBeGreaterThan(seen.at(-1)!);
          seen.push(done);
        };
        expect(await encodeInTurns(byteTokenizer, text, { onEncode })).toEqual(byteTokenizer.encode(text));
        expect(seen.at(-1)).toBe(text.length);
        expect(seen.length > 5).toBe(more !== '');
      }),
      { numRuns: 10 },
    );
    expect(await encodeInTurns(wordTokenizer, 'to be')).toEqual(wordTokenizer.encode('to be'));
  });

  it('means special tokens by their spelling where it is told so', async () => {
    const tokenizer = createTokenizer(withAddedTokens([{ id: 256, content: '<eos>', special: true }]), 'added');
    for (const specialTokens of [undefined, false, true]) {
      const ids = specialTokens ? [97, 256] : [...Buffer.from('a<eos>')];
      expect(await encodeInTurns(tokenizer, 'a<eos>', { specialTokens })).toEqual(ids);
    }
  });

  it('lets a timer come between the pieces, and stops there when aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let pieces = 0;
    const encoding = encodeInTurns(byteTokenizer, long, { signal: controller.signal, onEncode: () => pieces++ });
    setImmediate(() => controller.abort(reason));
    await expect(encoding).rejects.toBe(reason);
    expect(pieces).toBeLessThan(4);
  });
});

it('scoring a long text can be aborted before the model has read anything', async () => {
  const controller = new AbortController();
  const model = createFakeModel(256);
  const options = { signal: controller.signal, onEncode: () => controller.abort() };
  await expect(scoreText(model, byteTokenizer, long, options)).rejects.toBe(controller.signal.reason);
  expect(model.calls).toEqual([]);
});
