import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openGolden, readGolden } from './golden.ts';

describe('the golden files', () => {
  it('hold what their README says: 24 scan cases, and models with token ids, hidden states and logits', async () => {
    const scan = await readGolden('scan-1');
    const cases = JSON.parse(scan.metadata.get('cases')!) as {
      name: string;
      batch: number;
      dim: number;
      seqlen: number;
    }[];
    expect(cases).toHaveLength(24);
    for (const { name, batch, dim, seqlen } of cases) {
      expect(scan.tensors.get(`${name}.u`)!.shape).toEqual([batch, dim, seqlen]);
      expect(scan.tensors.has(`${name}.dout`)).toBe(true);
    }
    for (const name of ['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a', 'gptneo-a', 'gptneo-b']) {
      const { tensors, metadata } = await readGolden(name);
      const config = JSON.parse(metadata.get('config')!) as {
        vocab_size: number;
        num_hidden_layers?: number;
        num_layers?: number; // GPT-Neo's word
      };
      const ids = tensors.get('input_ids')!;
      expect(tensors.get('logits')!.shape).toEqual([...ids.shape, config.vocab_size]);
      expect(ids.data.every((id) => Number.isInteger(id) && id >= 0 && id < config.vocab_size)).toBe(true);
      expect(tensors.get('generate.greedy')!.data).toHaveLength(24);
      expect(tensors.has(`hidden.${config.num_hidden_layers ?? config.num_layers}`)).toBe(true);
    }
  });

  it('data has as many numbers as its shape says', async () => {
    const { tensors } = await readGolden('falcon-a');
    for (const { shape, data } of tensors.values()) {
      expect(data).toBeInstanceOf(Float64Array);
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
    }
  });

  it('are named in errors by their file', async () => {
    expect((await openGolden('mamba-a')).source.name).toBe('mamba-a.safetensors');
  });
});

describe('the embedded model', () => {
  it('comes with the last 111,540 bytes of its data, and a training record of its recipe', async () => {
    const folder = new URL('../models/tiny-shakespeare/', import.meta.url);
    const text = await readFile(new URL('validation.txt', folder));
    expect(text).toHaveLength(111_540);
    expect(text.subarray(0, 9).toString()).toBe('?\n\nGREMIO');
    const training = JSON.parse(await readFile(new URL('training.json', folder), 'utf8')) as { parameters: number };
    expect(training.parameters).toBe(2_063_040);
  });
});
