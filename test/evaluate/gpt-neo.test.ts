/**
 * GPT-Neo behind the experiment's seam: transformers' continuations, and where the script lets it stop.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { evaluatedEngine } from '../../src/evaluate/evaluated-model.ts';
import { expectContext } from '../../src/evaluate/evaluation.ts';
import { generateBatch } from '../../src/evaluate/generate-batch.ts';
import { shapeOfConfig } from '../../src/evaluate/model-shape.ts';
import { samplingOfScript, scriptDefaults } from '../../src/evaluate/script-sampling.ts';
import { openGptNeo } from '../engine/gpt-neo-engine.ts';
import { readGolden } from '../golden.ts';
import { gptNeoConfigOf, gptNeoWeightsOf } from '../golden-model.ts';

const opened: Engine[] = [];
afterAll(() => {
  for (const engine of opened) engine.dispose();
});

async function openGolden(name: string, sequences: number, attention: 'eager' | 'flash') {
  const golden = await readGolden(name);
  const config = gptNeoConfigOf(golden);
  const engine = await openGptNeo(config, gptNeoWeightsOf(golden, config), { sequences, attention });
  opened.push(engine);
  const { shape, data } = golden.tensors.get('input_ids')!;
  const [batch, length] = shape as [number, number];
  const prompts = Array.from({ length: batch }, (_, s) => [...data.subarray(s * length, (s + 1) * length)]);
  const modelShape = shapeOfConfig(config);
  const open = (eosTokenIds: readonly number[] = []) =>
    evaluatedEngine(engine, { shape: modelShape, eosTokenIds, dispose: () => {} });
  const expected = (tensor: string) => [...golden.tensors.get(`generate.${tensor}`)!.data];
  return { prompts, open, expected };
}

const blog = { ...scriptDefaults, topp: 0.9, temperature: 0.7 };
const sampling = (repetitionPenalty: number) => samplingOfScript({ ...blog, repetitionPenalty }, 'gpt-neo');

describe.each(['gptneo-a', 'gptneo-b'])('%s', (name) => {
  it.each(['eager', 'flash'] as const)("%s: the blog's flags give transformers' greedy tokens", async (attention) => {
    const { prompts, open, expected } = await openGolden(name, 1, attention);
    for (const [tensor, penalty] of [
      ['greedy', 1],
      ['penalty', 1.2],
    ] as const) {
      const tokens = expected(tensor);
      const options = { genLength: tokens.length, sampling: sampling(penalty), seed: 0 };
      const [row] = await generateBatch(open(), prompts.slice(0, 1), options);
      expect(row!.slice(prompts[0]!.length)).toEqual(tokens);
    }
  });
});

describe('gptneo-a', () => {
  it('rows of a batch are what each is alone', async () => {
    const [both, single] = [await openGolden('gptneo-a', 2, 'flash'), await openGolden('gptneo-a', 1, 'flash')];
    const options = { genLength: 12, sampling: sampling(1.2), seed: 0 };
    const rows = await generateBatch(both.open(), both.prompts, options);
    for (const [s, prompt] of both.prompts.entries()) {
      expect(await generateBatch(single.open(), [prompt], options)).toEqual([rows[s]]);
    }
  });

  it('stops at its eos token, the first time that it comes', async () => {
    const { prompts, open, expected } = await openGolden('gptneo-a', 1, 'eager');
    const tokens = expected('penalty');
    const eos = tokens[5]!;
    const options = { genLength: tokens.length, sampling: sampling(1.2), seed: 0 };
    const [row] = await generateBatch(open([eos]), prompts.slice(0, 1), options);
    expect(row!.slice(prompts[0]!.length)).toEqual(tokens.slice(0, tokens.indexOf(eos) + 1));
  });

  it('ends with its 64 positions', async () => {
    const model = (await openGolden('gptneo-a', 1, 'eager')).open();
    expect([model.mostTokens, model.kind]).toEqual([64, 'gpt-neo']);
    expect(() => expectContext(model, 40, 24)).not.toThrow();
    expect(() => expectContext(model, 40, 25)).toThrow("40 + 25 tokens: expected at most 64 (the model's positions)");
  });
});
