import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gptNeoTable, parseGptNeoConfig, rowsOf } from '../../src/checkpoint/index.ts';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import { randomWeights } from '../../src/engine/random-weights.ts';
import type { SweepRecord } from '../../src/evaluate/sweep-record.ts';
import { emptyFolder } from '../hub/fake-models.ts';
import { runHere } from './run-cli.ts';

const config = JSON.stringify({
  ...{ model_type: 'gpt_neo', activation_function: 'gelu_new', attention_types: [[['global', 'local'], 1]] },
  ...{ vocab_size: 256, hidden_size: 32, num_layers: 2, num_heads: 4, max_position_embeddings: 64, window_size: 4 },
  ...{ bos_token_id: null, eos_token_id: null },
});

/** Its parameters, by hand. */
const [tables, attentionOfOne, mlpOfOne] = [(256 + 64) * 32, 4 * 32 * 32 + 32, 2 * 32 * 128 + 128 + 32];

let folder: string;
let remove: () => Promise<void>;

/** A small GPT-Neo of bytes, with weights that nobody trained. */
beforeEach(async () => {
  ({ path: folder, remove } = await emptyFolder());
  await writeModel(config);
});

async function writeModel(config: string): Promise<void> {
  const sizes = parseGptNeoConfig(config, 'config.json').config;
  const source = randomWeights(sizes);
  const tensors: WritableTensor[] = [];
  for (const slot of gptNeoTable(sizes)) {
    tensors.push({ name: slot.name, shape: slot.shape, data: await source.read(slot, 0, rowsOf(slot).rows) });
  }
  await writeFile(join(folder, 'config.json'), config);
  await writeFile(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
  await copyFile('models/tiny-shakespeare/tokenizer.json', join(folder, 'tokenizer.json'));
}
afterEach(() => remove());

describe('evaluate --model-name GPT-NEO', () => {
  it('prints the line of its attention, and the same text with each and on the reference', async () => {
    const args = ['evaluate', '--model-name', folder, '--prompt', 'ROMEO:', '--genlen', '30'];
    const texts: string[] = [];
    for (const [name, ...more] of [
      ['sdpa'],
      ['flash_attention_2', '--attn_implementation', 'flash_attention_2'],
      ['sdpa', '--backend', 'reference'],
    ]) {
      const { code, stdout, stderr } = await runHere([...args, ...more]);
      expect([code, stderr]).toEqual([0, '']);
      const [loading, attention, parameters, text, lengths] = stdout.split('\n');
      expect(loading).toBe(`Loading model ${folder}`);
      expect(attention).toBe(`${folder} model configuration attn_implementation:${name}`);
      expect(parameters).toBe(`Number of parameters: ${tables + 2 * (attentionOfOne + mlpOfOne + 4 * 32) + 2 * 32}`);
      expect(lengths).toBe('Prompt length: 6, generation length: 30');
      texts.push(text!);
    }
    expect(new Set(texts).size).toBe(1);
  });

  it('on the reference it measures random tokens too', async () => {
    const args = ['--backend', 'reference', '--promptlen', '3', '--genlen', '2', '--json'];
    const { code, stdout } = await runHere(['evaluate', '--model-name', folder, ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ backend: 'reference', promptLength: 3, genLength: 2 });
  });

  it('a text beyond its positions is one line and exit 1, a prompt and what follows too', async () => {
    for (const lengths of [
      ['--promptlen', '60', '--genlen', '5'],
      ['--prompt', 'x'.repeat(60), '--genlen', '5'],
    ]) {
      const { code, stderr } = await runHere(['evaluate', '--model-name', folder, ...lengths]);
      expect([code, stderr]).toEqual([1, "error: 60 + 5 tokens: expected at most 64 (the model's positions)\n"]);
    }
  });

  it('of a large vocabulary, many rows take no more than was predicted', async () => {
    await writeModel(JSON.stringify({ ...JSON.parse(config), vocab_size: 50257 }));
    const args = ['--against', 'none', '--promptlen', '4', '--genlen', '4', '--sweep', '512', '--json'];
    const { stdout } = await runHere(['evaluate', '--model-name', folder, ...args]);
    const [row] = (JSON.parse(stdout) as SweepRecord).rows;
    if (row?.status !== 'measured') throw new Error(`expected a measurement, got ${row?.status}`);
    expect(row.measurement.peakMemoryBytes).toBeLessThanOrEqual(row.predictedBytes);
  });

  it('in a sweep beside a Mamba both are measured, with bytes of a cache and of a state', async () => {
    const models = ['--model-name', 'models/tiny-shakespeare', '--against', folder];
    const sizes = ['--promptlen', '40', '--genlen', '24', '--threads', '1'];
    const { code, stdout } = await runHere(['evaluate', ...models, ...sizes, '--sweep', '1,2', '--json']);
    expect(code).toBe(0);
    const { rows } = JSON.parse(stdout) as SweepRecord;
    expect(rows.map(({ kind, batch, status }) => `${kind} ${batch} ${status}`)).toEqual([
      ...['mamba 1 measured', 'gpt-neo 1 measured', 'mamba 2 measured', 'gpt-neo 2 measured'],
    ]);
    expect(rows[1]!.sequenceBytes).toBe(64 * 2 * 2 * 32 * 4); // tokens, layers, k and v, columns, bytes
    expect(rows[1]!).toMatchObject({ measurement: { attention: 'sdpa', genLength: 24, promptLength: 40 } });
  });
});

describe('evaluate --random gpt-neo-125m --as blog', () => {
  it('says that this is another function than the model', async () => {
    const lengths = ['--promptlen', '2', '--genlen', '1', '--dtype', 'q8_0'];
    const blog = ['--as', 'blog', '--attn_implementation', 'flash_attention_2'];
    const { code, stdout, stderr } = await runHere(['evaluate', '--random', 'gpt-neo-125m', ...lengths, ...blog]);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      'random gpt-neo-125m model configuration attn_implementation:flash_attention_2',
      'Number of parameters: 125198592',
    ]);
    expect(stderr).toMatch(/^as the blog most likely ran it: [^\n]*another function than the model\n$/);
  });
});
