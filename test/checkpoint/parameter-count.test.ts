import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/checkpoint/config.ts';
import { parameterCount } from '../../src/checkpoint/parameter-count.ts';
import { elementCount } from '../../src/checkpoint/read-tensor.ts';
import { tensorTable } from '../../src/checkpoint/tensor-table.ts';
import { openGolden } from '../golden.ts';
import { smallConfig } from './small-config.ts';

describe('parameterCount', () => {
  it('gives the published sizes from their configs alone', () => {
    const published = [
      [768, 24, 129_135_360],
      [1024, 48, 371_516_416],
      [1536, 48, 793_204_224],
      [2048, 48, 1_372_178_432],
      [2560, 64, 2_768_345_600],
    ];
    for (const [d_model, n_layer, count] of published) {
      const text = JSON.stringify({ d_model, n_layer, vocab_size: 50_277, ssm_cfg: {}, pad_vocab_size_multiple: 8 });
      expect(parameterCount(parseConfig(text, 'config.json').config)).toBe(count);
    }
  });

  it('gives the embedded model’s 2,063,040', async () => {
    const url = new URL('../../models/tiny-shakespeare/config.json', import.meta.url);
    const { config } = parseConfig(await readFile(url, 'utf8'), 'config.json');
    expect(parameterCount(config)).toBe(2_063_040);
  });

  it('is the number of elements in the golden models’ files: biases, no bias, untied head, Falcon', async () => {
    for (const name of ['mamba-a', 'mamba-b', 'mamba-c', 'falcon-a']) {
      const file = await openGolden(name);
      const weights = [...file.tensors.values()].filter((tensor) => tensor.name.startsWith('weights.'));
      const elements = weights.reduce((sum, tensor) => sum + elementCount(tensor), 0);
      const { config } = parseConfig(file.metadata.get('config')!, name);
      expect([name, parameterCount(config)]).toEqual([name, elements]);
    }
  });

  it('is the sum over the table of tensors, for any config', () => {
    fc.assert(
      fc.property(smallConfig, (config) => {
        const sizes = Array.from(tensorTable(config), ({ shape }) =>
          shape.reduce((product, size) => product * size, 1),
        );
        expect(parameterCount(config)).toBe(sizes.reduce((sum, size) => sum + size, 0));
      }),
    );
  });
});
