import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFolder } from '../../src/checkpoint/load-folder.node.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import type { LanguageModel } from '../../src/generation/language-model.ts';
import { createReferenceModel } from '../../src/generation/reference-model.ts';
import type { Tokenizer } from '../../src/tokenizer.ts';
import { createTokenizer } from '../../src/tokenizer.ts';

interface GoldenPrompt {
  readonly last_logits: number[]; // after the prompt
  readonly first_logits_8: number[]; // the first 8 after the first token
  readonly greedy: number[];
  readonly greedy_text: string;
  readonly 'greedy_penalty_1.2': number[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/tiny-shakespeare.json', import.meta.url), 'utf8')) as {
  prompts: Record<string, GoldenPrompt>;
};
const folder = fileURLToPath(new URL('../../models/tiny-shakespeare/', import.meta.url));

let model: LanguageModel;
let tokenizer: Tokenizer;
beforeAll(async () => {
  const loaded = await loadFolder(folder);
  model = createReferenceModel(loaded.config, loaded.weights);
  tokenizer = createTokenizer(loaded.tokenizerJson, 'tokenizer.json');
});

/** The worst |actual − expected|; NaN is the worst of all. */
function worst(actual: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((most, value, i) => {
    const error = Math.abs(actual[i]! - value);
    return Math.max(error, most);
  }, 0);
}

async function continuation(prompt: string, maxTokens: number, repetitionPenalty: number): Promise<number[]> {
  const ids: number[] = [];
  const sampling = { temperature: 0, repetitionPenalty };
  const run = generateTokens(model, tokenizer.size, tokenizer.encode(prompt), { maxTokens, sampling });
  for await (const id of run) ids.push(id);
  return ids;
}

describe.each(Object.entries(golden.prompts))('the embedded model after %j', (prompt, expected) => {
  it('has the logits of transformers in float64 within 1e-9', async () => {
    await model.reset();
    const [first, ...rest] = tokenizer.encode(prompt);
    expect(worst((await model.step(first!)).slice(0, 8), expected.first_logits_8)).toBeLessThanOrEqual(1e-9);
    const last = await model.prefill(rest);
    expect(last.length).toBe(expected.last_logits.length);
    expect(worst(last, expected.last_logits)).toBeLessThanOrEqual(1e-9);
  });

  it('continues greedily with the same 200 tokens', async () => {
    const ids = await continuation(prompt, 200, 1);
    expect(ids).toEqual(expected.greedy);
    expect(tokenizer.decode(ids)).toBe(expected.greedy_text);
  });

  it('continues greedily with the same 100 tokens under a repetition penalty of 1.2', async () => {
    expect(await continuation(prompt, 100, 1.2)).toEqual(expected['greedy_penalty_1.2']);
  });
});
