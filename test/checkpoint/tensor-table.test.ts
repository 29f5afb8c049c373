import { describe, expect, it } from 'vitest';
import type { TensorSlot } from '../../src/checkpoint/tensor-table.ts';
import { tensorTable } from '../../src/checkpoint/tensor-table.ts';
import type { MambaConfig } from '../../src/reference/types.ts';
import { openGolden } from '../golden.ts';

/** Every size another prime, so that no two shapes are alike by chance. */
const config: MambaConfig = {
  vocabSize: 53,
  dModel: 2,
  nLayer: 2,
  dInner: 3,
  dState: 5,
  dConv: 7,
  dtRank: 11,
  normEps: 1e-5,
  useBias: true,
  useConvBias: true,
  tieWordEmbeddings: false,
};

function table(changes: Partial<MambaConfig> = {}): TensorSlot[] {
  return [...tensorTable({ ...config, ...changes })];
}

describe('tensorTable', () => {
  it('has these names, shapes and places', () => {
    const layer = (i: number) => [
      [`backbone.layers.${i}.norm.weight`, [2], 'normWeight', i],
      [`backbone.layers.${i}.mixer.in_proj.weight`, [6, 2], 'inProjWeight', i],
      [`backbone.layers.${i}.mixer.conv1d.weight`, [3, 1, 7], 'conv1dWeight', i],
      [`backbone.layers.${i}.mixer.x_proj.weight`, [21, 3], 'xProjWeight', i],
      [`backbone.layers.${i}.mixer.dt_proj.weight`, [3, 11], 'dtProjWeight', i],
      [`backbone.layers.${i}.mixer.dt_proj.bias`, [3], 'dtProjBias', i],
      [`backbone.layers.${i}.mixer.A_log`, [3, 5], 'aLog', i],
      [`backbone.layers.${i}.mixer.D`, [3], 'D', i],
      [`backbone.layers.${i}.mixer.out_proj.weight`, [2, 3], 'outProjWeight', i],
      [`backbone.layers.${i}.mixer.in_proj.bias`, [6], 'inProjBias', i],
      [`backbone.layers.${i}.mixer.out_proj.bias`, [2], 'outProjBias', i],
      [`backbone.layers.${i}.mixer.conv1d.bias`, [3], 'conv1dBias', i],
    ];
    expect(table().map(({ names, shape, field, layer: i }) => [names.join(), shape, field, i])).toEqual([
      ['backbone.embedding.weight,backbone.embeddings.weight', [53, 2], 'embeddingWeight', undefined],
      ...layer(0),
      ...layer(1),
      ['backbone.norm_f.weight', [2], 'normFWeight', undefined],
      ['lm_head.weight', [53, 2], 'lmHeadWeight', undefined],
    ]);
  });

  it('each switch takes exactly its own tensors away', () => {
    const gone = (changes: Partial<MambaConfig>) => {
      const left = new Set(table(changes).map(({ names }) => names[0]));
      return table()
        .map(({ names }) => names[0]!)
        .filter((name) => !left.has(name))
        .map((name) => name.replace(/.*layers\.\d\.mixer\./, ''));
    };
    expect(gone({})).toEqual([]);
    expect(gone({ useBias: false, nLayer: 2 })).toEqual([
      'in_proj.bias',
      'out_proj.bias',
      'in_proj.bias',
      'out_proj.bias',
    ]);
    expect(gone({ useConvBias: false })).toEqual(['conv1d.bias', 'conv1d.bias']);
    expect(gone({ tieWordEmbeddings: true })).toEqual(['lm_head.weight']);
  });

  it('begins at once, whatever number of layers a config claims', () => {
    const endless = tensorTable({ ...config, nLayer: 2 ** 31 - 1 });
    expect(endless.next().value!.field).toBe('embeddingWeight');
    expect(endless.next().value!.field).toBe('normWeight');
  });

  it('has the tensors of the golden models, no more and no fewer', async () => {
    const file = await openGolden('mamba-b');
    const inFile = [...file.tensors.values()].filter(({ name }) => name.startsWith('weights.'));
    const model = { vocabSize: 101, dModel: 48, nLayer: 3, dInner: 96, dState: 16, dConv: 4, dtRank: 5 };
    const expected = table({ ...model, tieWordEmbeddings: true }).map(({ names, shape }) => [names.at(-1), shape]);
    const found = inFile.map(({ name, shape }) => [name.slice('weights.'.length), shape]);
    expect(new Map(found as [string, number[]][])).toEqual(new Map(expected as [string, number[]][]));
  });
});
