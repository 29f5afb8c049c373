import { describe, expect, it } from 'vitest';
import type { GptNeoSizes } from '../../src/checkpoint/tensor-table-gpt-neo.ts';
import { gptNeoTable, isGptNeoBuffer } from '../../src/checkpoint/tensor-table-gpt-neo.ts';

function count(sizes: GptNeoSizes): number {
  let sum = 0;
  for (const { shape } of gptNeoTable(sizes)) sum += shape.reduce((product, size) => product * size, 1);
  return sum;
}

describe('gptNeoTable', () => {
  it('has the parameters that are published: 2.7B, 1.3B, 125M', () => {
    const published = [
      [2560, 32, 2_651_307_520],
      [2048, 24, 1_315_575_808],
      [768, 12, 125_198_592],
    ] as const;
    for (const [hiddenSize, nLayer, parameters] of published) {
      const intermediateSize = 4 * hiddenSize;
      expect(count({ vocabSize: 50_257, maxPositions: 2048, hiddenSize, intermediateSize, nLayer })).toBe(parameters);
    }
  });

  it('has these names, shapes and places, each once', () => {
    const slots = [...gptNeoTable({ vocabSize: 53, maxPositions: 7, hiddenSize: 2, intermediateSize: 8, nLayer: 2 })];
    const layer = (i: number) => [
      [`transformer.h.${i}.ln_1.weight`, [2], 'ln1Weight', i],
      [`transformer.h.${i}.ln_1.bias`, [2], 'ln1Bias', i],
      [`transformer.h.${i}.attn.attention.q_proj.weight`, [2, 2], 'qProjWeight', i],
      [`transformer.h.${i}.attn.attention.k_proj.weight`, [2, 2], 'kProjWeight', i],
      [`transformer.h.${i}.attn.attention.v_proj.weight`, [2, 2], 'vProjWeight', i],
      [`transformer.h.${i}.attn.attention.out_proj.weight`, [2, 2], 'outProjWeight', i],
      [`transformer.h.${i}.attn.attention.out_proj.bias`, [2], 'outProjBias', i],
      [`transformer.h.${i}.ln_2.weight`, [2], 'ln2Weight', i],
      [`transformer.h.${i}.ln_2.bias`, [2], 'ln2Bias', i],
      [`transformer.h.${i}.mlp.c_fc.weight`, [8, 2], 'fcWeight', i],
      [`transformer.h.${i}.mlp.c_fc.bias`, [8], 'fcBias', i],
      [`transformer.h.${i}.mlp.c_proj.weight`, [2, 8], 'projWeight', i],
      [`transformer.h.${i}.mlp.c_proj.bias`, [2], 'projBias', i],
    ];
    expect(slots.map(({ name, shape, field, layer: i }) => [name, shape, field, i])).toEqual([
      ['transformer.wte.weight', [53, 2], 'wteWeight', undefined],
      ['transformer.wpe.weight', [7, 2], 'wpeWeight', undefined],
      ...layer(0),
      ...layer(1),
      ['transformer.ln_f.weight', [2], 'lnFWeight', undefined],
      ['transformer.ln_f.bias', [2], 'lnFBias', undefined],
    ]);
  });

  it('tells the masks that old files have from every weight', () => {
    expect(isGptNeoBuffer('transformer.h.31.attn.attention.bias')).toBe(true);
    expect(isGptNeoBuffer('transformer.h.0.attn.attention.masked_bias')).toBe(true);
    for (const { name } of gptNeoTable({
      vocabSize: 1,
      maxPositions: 1,
      hiddenSize: 1,
      intermediateSize: 4,
      nLayer: 12,
    })) {
      expect(isGptNeoBuffer(name)).toBe(false);
    }
  });
});
